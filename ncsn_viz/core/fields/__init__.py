"""What a sampler, a metric or a view may ask of a field, learned or true; and a field interpolated on a grid."""

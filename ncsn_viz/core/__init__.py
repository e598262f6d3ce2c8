"""Pure numbers: densities, networks, objectives and samplers in two dimensions, without Qt, clock or thread."""

"""Rules that predict what will fail, diagnoses of what has failed, and remedies."""

from ncsn_viz.lab.advice.diagnosis import LOST, Diagnosis, diagnose
from ncsn_viz.lab.advice.rule_context import Advice, Remedy, RuleContext
from ncsn_viz.lab.advice.rules import RULES, advice

__all__ = ["LOST", "RULES", "Advice", "Diagnosis", "Remedy", "RuleContext", "advice", "diagnose"]

"""How the network decides: pure functions from facts to decisions, with the rule that makes each."""

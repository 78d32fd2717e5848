"""What a study would find, simulated, for the rules of the published claims."""

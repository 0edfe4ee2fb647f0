"""What a person sees: layout and words, nothing else."""

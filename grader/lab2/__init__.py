"""Lab 2 on the trusted side: accuracies, finetuning, bands and the verification of claims."""

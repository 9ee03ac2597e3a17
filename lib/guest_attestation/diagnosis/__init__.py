"""What facts and path mean: checks, root causes, and how sure each is."""

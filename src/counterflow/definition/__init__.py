"""From part-worths and costs to the line of offers that is expected to earn most."""

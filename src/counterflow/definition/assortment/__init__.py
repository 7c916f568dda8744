"""Assortments: lines of many offers for few kinds of people, chosen with proof."""

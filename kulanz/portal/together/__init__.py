"""One plan for several creditors, by the debtor's own word: only cases the person has proven to be theirs, no data crossing."""

"""What a turn shows of itself: the status of each kind in wire form."""

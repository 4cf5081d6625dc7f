"""Files that leave the program, written atomically and repeatably."""

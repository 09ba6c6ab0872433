"""What files say of themselves: when and where, by whom, what is in it; as flat fields."""

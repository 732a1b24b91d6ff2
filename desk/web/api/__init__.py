"""What a county's software may do here: the desk's own actions, by token."""

"""What a code, a place and a list of people prove. Pure."""

"""Who is available: on duty and not paused. Whatever picks people picks among them."""

"""How operators come on duty and go off, and what becomes of wrong phrases."""

"""The callback data of a board's buttons: dispatchers send them, the bot receives the taps."""

BOARD_MINE = "board_mine"
BOARD_QUEUE = "board_queue"
BOARD_BACK = "board_back"

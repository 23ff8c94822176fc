"""SyncLogger's package. The game loads it under the name ``synclogger``, the recorder as ``lib``."""

"""The layers that confine a process, with the standard library and the kernel's own interfaces."""

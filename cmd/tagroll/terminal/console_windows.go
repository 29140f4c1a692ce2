package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeysSequences makes a console understand the control sequences of the moving line, which
// Windows leaves off unless a program asks for them. It reports whether they work.
func obeysSequences(f *os.File) bool {
	var mode uint32
	if windows.GetConsoleMode(windows.Handle(f.Fd()), &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(windows.Handle(f.Fd()), mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

package queue

import "golang.org/x/sys/windows"

// freeSpace returns how many bytes can be written below dir.
func freeSpace(dir string) (free int64, known bool) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var available uint64
	if err := windows.GetDiskFreeSpaceEx(path, &available, nil, nil); err != nil {
		return 0, false
	}
	return int64(min(available, 1<<62)), true
}

package prom

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// collectSystem reads /proc. Elsewhere there is nothing like it.
func collectSystem(s *Snapshot) {
	// Field 1 is all pages, field 2 those in memory (proc_pid_statm(5)).
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			for i, d := range []*Desc{virtualBytes, residentBytes} {
				if pages, err := strconv.ParseFloat(fields[i], 64); err == nil {
					s.Add(d, pages*pageSize)
				}
			}
		}
	}
	if folder, err := os.Open("/proc/self/fd"); err == nil {
		names, err := folder.Readdirnames(-1)
		folder.Close()
		if err == nil {
			s.Add(openFiles, float64(len(names)-1)) // one was this folder
		}
	}
	for kind, d := range map[int]*Desc{syscall.RLIMIT_NOFILE: maxFiles, syscall.RLIMIT_AS: virtualLimit} {
		var limit syscall.Rlimit
		if syscall.Getrlimit(kind, &limit) == nil {
			s.Add(d, float64(limit.Cur))
		}
	}
}

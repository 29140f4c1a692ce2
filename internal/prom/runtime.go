package prom

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Names and texts are those of Prometheus' own client, so that dashboards for Go programs fit.
var (
	goInfo       = &Desc{"go_info", "Information about the Go environment.", KindGauge, []string{"version"}}
	goGoroutines = gauge("go_goroutines", "Number of goroutines that currently exist.")
	goThreads    = gauge("go_threads", "Number of OS threads created.")
	goProcs      = gauge("go_sched_gomaxprocs_threads", "The current runtime.GOMAXPROCS setting, or the number of operating system threads that can execute user-level Go code simultaneously.")
	goPercent    = gauge("go_gc_gogc_percent", "Heap size target percentage configured by the user, otherwise 100.")
	goLimit      = gauge("go_gc_gomemlimit_bytes", "Go runtime memory limit configured by the user, otherwise math.MaxInt64.")
	goPauses     = &Desc{"go_gc_duration_seconds", "A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.", KindSummary, nil}
)

func gauge(name, help string) *Desc   { return &Desc{name, help, KindGauge, nil} }
func counter(name, help string) *Desc { return &Desc{name, help, KindCounter, nil} }

// memory is what runtime.MemStats tells.
var memory = []struct {
	desc  *Desc
	value func(*runtime.MemStats) uint64
}{
	{gauge("go_memstats_alloc_bytes", "Number of bytes allocated in heap and currently in use."), func(m *runtime.MemStats) uint64 { return m.Alloc }},
	{counter("go_memstats_alloc_bytes_total", "Total number of bytes allocated in heap until now, even if released already."), func(m *runtime.MemStats) uint64 { return m.TotalAlloc }},
	{gauge("go_memstats_buck_hash_sys_bytes", "Number of bytes used by the profiling bucket hash table."), func(m *runtime.MemStats) uint64 { return m.BuckHashSys }},
	{counter("go_memstats_frees_total", "Total number of heap objects frees."), func(m *runtime.MemStats) uint64 { return m.Frees }},
	{gauge("go_memstats_gc_sys_bytes", "Number of bytes used for garbage collection system metadata."), func(m *runtime.MemStats) uint64 { return m.GCSys }},
	{gauge("go_memstats_heap_alloc_bytes", "Number of heap bytes allocated and currently in use, same as go_memstats_alloc_bytes."), func(m *runtime.MemStats) uint64 { return m.HeapAlloc }},
	{gauge("go_memstats_heap_idle_bytes", "Number of heap bytes waiting to be used."), func(m *runtime.MemStats) uint64 { return m.HeapIdle }},
	{gauge("go_memstats_heap_inuse_bytes", "Number of heap bytes that are in use."), func(m *runtime.MemStats) uint64 { return m.HeapInuse }},
	{gauge("go_memstats_heap_objects", "Number of currently allocated objects."), func(m *runtime.MemStats) uint64 { return m.HeapObjects }},
	{gauge("go_memstats_heap_released_bytes", "Number of heap bytes released to OS."), func(m *runtime.MemStats) uint64 { return m.HeapReleased }},
	{gauge("go_memstats_heap_sys_bytes", "Number of heap bytes obtained from system."), func(m *runtime.MemStats) uint64 { return m.HeapSys }},
	{counter("go_memstats_mallocs_total", "Total number of heap objects allocated, both live and gc-ed."), func(m *runtime.MemStats) uint64 { return m.Mallocs }},
	{gauge("go_memstats_mcache_inuse_bytes", "Number of bytes in use by mcache structures."), func(m *runtime.MemStats) uint64 { return m.MCacheInuse }},
	{gauge("go_memstats_mcache_sys_bytes", "Number of bytes used for mcache structures obtained from system."), func(m *runtime.MemStats) uint64 { return m.MCacheSys }},
	{gauge("go_memstats_mspan_inuse_bytes", "Number of bytes in use by mspan structures."), func(m *runtime.MemStats) uint64 { return m.MSpanInuse }},
	{gauge("go_memstats_mspan_sys_bytes", "Number of bytes used for mspan structures obtained from system."), func(m *runtime.MemStats) uint64 { return m.MSpanSys }},
	{gauge("go_memstats_next_gc_bytes", "Number of heap bytes when next garbage collection will take place."), func(m *runtime.MemStats) uint64 { return m.NextGC }},
	{gauge("go_memstats_other_sys_bytes", "Number of bytes used for other system allocations."), func(m *runtime.MemStats) uint64 { return m.OtherSys }},
	{gauge("go_memstats_stack_inuse_bytes", "Number of bytes obtained from system for stack allocator in non-CGO environments."), func(m *runtime.MemStats) uint64 { return m.StackInuse }},
	{gauge("go_memstats_stack_sys_bytes", "Number of bytes obtained from system for stack allocator."), func(m *runtime.MemStats) uint64 { return m.StackSys }},
	{gauge("go_memstats_sys_bytes", "Number of bytes obtained from system."), func(m *runtime.MemStats) uint64 { return m.Sys }},
}

var memoryLastGC = gauge("go_memstats_last_gc_time_seconds", "Number of seconds since 1970 of last garbage collection.")

// Go collects the figures of the Go runtime, for [Registry.Collect].
func Go(s *Snapshot) {
	s.Add(goInfo, 1, runtime.Version())
	s.Add(goGoroutines, float64(runtime.NumGoroutine()))
	threads, _ := runtime.ThreadCreateProfile(nil)
	s.Add(goThreads, float64(threads))
	s.Add(goProcs, float64(runtime.GOMAXPROCS(0)))
	settings := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(settings)
	for i, d := range []*Desc{goPercent, goLimit} {
		if settings[i].Value.Kind() == metrics.KindUint64 {
			s.Add(d, float64(settings[i].Value.Uint64()))
		}
	}

	pauses := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&pauses)
	for i, quantile := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		s.add(goPauses, Sample{Labels: []Label{{quantileLabel, quantile}}, Value: pauses.PauseQuantiles[i].Seconds()})
	}
	s.add(goPauses, Sample{Suffix: "_sum", Value: pauses.PauseTotal.Seconds()}, Sample{Suffix: "_count", Value: float64(pauses.NumGC)})

	// ReadMemStats stops the program for some tens of microseconds.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for _, figure := range memory {
		s.Add(figure.desc, float64(figure.value(&m)))
	}
	s.Add(memoryLastGC, float64(m.LastGC)/1e9)
}

var (
	cpuSeconds    = counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")
	startTime     = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
	openFiles     = gauge("process_open_fds", "Number of open file descriptors.")
	maxFiles      = gauge("process_max_fds", "Maximum number of open file descriptors.")
	residentBytes = gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
	virtualBytes  = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.")
	virtualLimit  = gauge("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.")

	started = time.Now()
)

// Process collects the figures of the process, for [Registry.Collect]: processor time and start
// everywhere; open files and memory on Linux, where they can be read without cgo. A figure that
// cannot be read is left out.
func Process(s *Snapshot) {
	s.Add(startTime, float64(started.UnixMilli())/1e3)
	if used, ok := processorTime(); ok {
		s.Add(cpuSeconds, used.Seconds())
	}
	collectSystem(s)
}

var pageSize = float64(os.Getpagesize())

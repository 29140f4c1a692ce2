// Package prom counts and measures, and writes the figures in the text formats that Prometheus
// reads: its own (0.0.4) and OpenMetrics (1.0.0).
//
// A [Registry] holds the metrics. Counters, gauges and histograms are updated as things happen;
// [Registry.Collect] adds figures that are asked for at each scrape, and [Go] and [Process] are two
// such sources. All methods are safe for concurrent use.
//
// The package takes the place of Prometheus' own client, which brings protobuf's runtime and a
// reader of /proc into the program. That client's reader and linter are the witness of
// internal/wirewitness: they read what is written here.
package prom

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Kind is the type of a metric, in the words of the text formats.
type Kind string

// The kinds of metrics.
const (
	KindCounter   Kind = "counter"
	KindGauge     Kind = "gauge"
	KindHistogram Kind = "histogram"
	KindSummary   Kind = "summary"
)

// Desc says what a metric is called and means. Labels are the names of its labels.
type Desc struct {
	Name, Help string
	Kind       Kind
	Labels     []string
}

// Label is a label of a sample.
type Label struct{ Name, Value string }

// Sample is one line of a scrape. Suffix follows the metric's name: "_bucket", "_sum" and "_count"
// for the parts of a histogram or summary, else none. Labels are sorted by name.
type Sample struct {
	Suffix string
	Labels []Label
	Value  float64
}

// Family is a metric with its samples.
type Family struct {
	*Desc
	Samples []Sample
}

// Snapshot receives the figures of one scrape.
type Snapshot struct{ families map[*Desc]*Family }

// Add adds a sample. values belong to d.Labels, in their order.
func (s *Snapshot) Add(d *Desc, value float64, values ...string) {
	s.add(d, Sample{Labels: labels(d, values), Value: value})
}

func (s *Snapshot) add(d *Desc, samples ...Sample) {
	f := s.families[d]
	if f == nil {
		f = &Family{Desc: d}
		s.families[d] = f
	}
	f.Samples = append(f.Samples, samples...)
}

func labels(d *Desc, values []string) []Label {
	if len(values) != len(d.Labels) {
		// This is a defect, which every test would show.
		panic(d.Name + ": as many values as labels are wanted")
	}
	var pairs []Label
	for i, name := range d.Labels {
		pairs = append(pairs, Label{name, strings.ToValidUTF8(values[i], "\uFFFD")})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i].Name < pairs[j].Name })
	return pairs
}

// Registry holds metrics. The zero value is empty and ready for use.
type Registry struct {
	mu      sync.Mutex
	names   map[string]bool
	sources []func(*Snapshot)
}

// Collect lets collect add its figures to each scrape.
func (r *Registry) Collect(collect func(*Snapshot)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sources = append(r.sources, collect)
}

// Gather returns all metrics that have a sample, sorted by name.
func (r *Registry) Gather() []Family {
	r.mu.Lock()
	sources := slices.Clone(r.sources)
	r.mu.Unlock()
	s := Snapshot{families: make(map[*Desc]*Family)}
	for _, collect := range sources {
		collect(&s)
	}
	var families []Family
	for _, f := range s.families {
		sort.SliceStable(f.Samples, func(i, j int) bool { return byLabels(f.Samples[i], f.Samples[j]) < 0 })
		families = append(families, *f)
	}
	sort.Slice(families, func(i, j int) bool { return families[i].Name < families[j].Name })
	return families
}

// byLabels orders samples by the values of their labels, and leaves the parts of one histogram or
// summary as they are.
func byLabels(a, b Sample) int {
	return slices.CompareFunc(a.series(), b.series(), func(a, b Label) int { return cmp.Compare(a.Value, b.Value) })
}

// series is the labels without the one that tells a part of a histogram or summary.
func (s Sample) series() []Label {
	if last := len(s.Labels) - 1; last >= 0 && (s.Labels[last].Name == boundLabel || s.Labels[last].Name == quantileLabel) {
		return s.Labels[:last]
	}
	return s.Labels
}

// metric is what belongs to one combination of labels.
type metric interface{ samples([]Label) []Sample }

// Vector is a metric with labels: one M for each combination of their values. Values must be
// bounded, since they are kept for ever.
type Vector[M metric] struct {
	desc   Desc
	create func() M
	mu     sync.Mutex
	series map[string]series[M]
}

type series[M metric] struct {
	labels []Label
	metric M
}

func newVector[M metric](r *Registry, d Desc, create func() M) *Vector[M] {
	v := &Vector[M]{desc: d, create: create, series: make(map[string]series[M])}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names[d.Name] {
		panic(d.Name + " is registered twice") // a defect, which every test would show
	}
	if r.names == nil {
		r.names = make(map[string]bool)
	}
	r.names[d.Name] = true
	r.sources = append(r.sources, v.collect)
	return v
}

// With returns the metric for these values of the labels, which exists from then on.
func (v *Vector[M]) With(values ...string) M {
	key := strings.Join(values, "\xff")
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.series[key]
	if !ok {
		s = series[M]{labels(&v.desc, values), v.create()}
		v.series[key] = s
	}
	return s.metric
}

// Reset forgets all combinations of labels.
func (v *Vector[M]) Reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.series)
}

func (v *Vector[M]) collect(s *Snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.series {
		s.add(&v.desc, one.metric.samples(one.labels)...)
	}
}

// Counters registers a counter with labels. Its name ends in _total. A name that is taken panics,
// here and in Gauges and Histograms.
func (r *Registry) Counters(name, help string, labels ...string) *Vector[*Counter] {
	return newVector(r, Desc{name, help, KindCounter, labels}, func() *Counter { return new(Counter) })
}

// Gauges registers a gauge with labels.
func (r *Registry) Gauges(name, help string, labels ...string) *Vector[*Gauge] {
	return newVector(r, Desc{name, help, KindGauge, labels}, func() *Gauge { return new(Gauge) })
}

// Histograms registers a histogram with labels. bounds are the upper bounds of its buckets, sorted;
// the bucket for everything above them is added.
func (r *Registry) Histograms(name, help string, bounds []float64, labels ...string) *Vector[*Histogram] {
	return newVector(r, Desc{name, help, KindHistogram, labels}, func() *Histogram {
		return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
	})
}

// number is a float64 that several goroutines add to.
type number struct{ bits atomic.Uint64 }

func (n *number) load() float64   { return math.Float64frombits(n.bits.Load()) }
func (n *number) store(v float64) { n.bits.Store(math.Float64bits(v)) }

func (n *number) add(v float64) {
	for {
		old := n.bits.Load()
		if n.bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}

// Counter is a number that only grows.
type Counter struct{ value number }

// Inc adds 1.
func (c *Counter) Inc() { c.value.add(1) }

// Add adds v. A negative v changes nothing: a counter that falls looks like a restart.
func (c *Counter) Add(v float64) {
	if v > 0 {
		c.value.add(v)
	}
}

func (c *Counter) samples(l []Label) []Sample { return []Sample{{Labels: l, Value: c.value.load()}} }

// Gauge is a number that rises and falls.
type Gauge struct{ value number }

// Set replaces the number.
func (g *Gauge) Set(v float64) { g.value.store(v) }

// Inc adds 1.
func (g *Gauge) Inc() { g.value.add(1) }

// Dec subtracts 1.
func (g *Gauge) Dec() { g.value.add(-1) }

func (g *Gauge) samples(l []Label) []Sample { return []Sample{{Labels: l, Value: g.value.load()}} }

// Histogram counts observations by size.
type Histogram struct {
	bounds []float64
	counts []atomic.Uint64 // by bucket, the last is for what is above all bounds
	sum    number
}

// Observe counts v.
func (h *Histogram) Observe(v float64) {
	h.counts[sort.SearchFloat64s(h.bounds, v)].Add(1)
	h.sum.add(v)
}

func (h *Histogram) samples(l []Label) []Sample {
	var samples []Sample
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
		bound := math.Inf(1)
		if i < len(h.bounds) {
			bound = h.bounds[i]
		}
		// The bound comes after the other labels, where readers are used to it.
		samples = append(samples, Sample{"_bucket", append(slices.Clone(l), Label{boundLabel, formatFloat(bound)}), float64(total)})
	}
	return append(samples, Sample{"_sum", l, h.sum.load()}, Sample{"_count", l, float64(total)})
}

package similar_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/similar"
)

// scene is a picture to take photos of: brightness at every place of a plane.
type scene []shape

type shape struct{ x, y, w, h, tilt, level float64 }

// newScene draws a sky over a ground and things of all sizes before them, as most photos have.
func newScene(seed uint64) scene {
	r := rand.New(rand.NewPCG(seed, 7))
	horizon := 0.3 + 0.4*r.Float64()
	s := scene{{0.5, horizon / 2, 3, horizon, 0, 0.6 + 0.3*r.Float64()}, {0.5, (1 + horizon) / 2, 3, 1 - horizon, 0, 0.1 + 0.3*r.Float64()}}
	for range 40 {
		size := 0.04 + 0.3*math.Pow(r.Float64(), 2)
		s = append(s, shape{r.Float64(), r.Float64(), size, size * (0.5 + r.Float64()), r.Float64() * math.Pi, r.Float64()})
	}
	return s
}

func (s scene) at(x, y float64) float64 {
	level := 0.5
	for _, f := range s {
		sin, cos := math.Sincos(f.tilt)
		u, v := (x-f.x)*cos+(y-f.y)*sin, (y-f.y)*cos-(x-f.x)*sin
		if math.Abs(u) < f.w/2 && math.Abs(v) < f.h/2 {
			level = f.level
		}
	}
	return level
}

// frame is how a photo of a scene is taken.
type frame struct {
	x, y, zoom float64 // where its centre is away from the scene's, in parts of the frame
	exposure   float64 // in stops
	noise      float64
}

func (s scene) photo(f frame, seed uint64) similar.Photo {
	const fine = 2 // samples a field's side
	r := rand.New(rand.NewPCG(seed, 11))
	sketch := make([]byte, tagroll.SketchSide*tagroll.SketchSide)
	for i := range sketch {
		sum := 0.0
		for k := range fine * fine {
			u := (float64(i%tagroll.SketchSide) + (float64(k%fine)+0.5)/fine) / tagroll.SketchSide
			v := (float64(i/tagroll.SketchSide) + (float64(k/fine)+0.5)/fine) / tagroll.SketchSide
			sum += s.at(0.5+(u-0.5)/(1+f.zoom)+f.x, 0.5+(v-0.5)/(1+f.zoom)+f.y)
		}
		level := sum/(fine*fine)*math.Exp2(f.exposure/2.2) + f.noise*r.NormFloat64()
		sketch[i] = byte(min(max(level, 0), 1) * 255)
	}
	return similar.Photo{Sketch: sketch, Width: 1024, Height: 683}
}

// The frames of a burst as photographers take them.
var burst = []frame{
	{},
	{zoom: 0.08},
	{x: 0.04, y: -0.02, zoom: 0.1},
	{x: 0.05},
	{x: -0.03, y: 0.05},
	{exposure: 0.7},
	{exposure: -0.7},
	{x: 0.03, exposure: 0.5},
	{noise: 0.02},
}

// Twelve bursts among two hundred other photos are found, each by itself and whole.
func TestGroups(t *testing.T) {
	var f similar.Finder
	var want [][]int
	index := 0
	add := func(p similar.Photo) int {
		f.Add(p)
		index++
		return index - 1
	}
	for seed := range uint64(200) {
		add(newScene(seed).photo(frame{}, seed))
		if seed%16 != 0 || len(want) == 12 {
			continue
		}
		s := newScene(1000 + seed)
		var group []int
		for i, shot := range burst {
			group = append(group, add(s.photo(shot, uint64(i))))
		}
		want = append(want, group)
	}
	got := f.Groups()
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("groups:\n%v\nwant\n%v", got, want)
	}
}

// Add names the photos that are alike, the most similar first; what has no sketch or another shape
// is like nothing.
func TestAdd(t *testing.T) {
	var f similar.Finder
	s := newScene(1)
	f.Add(s.photo(frame{x: 0.05}, 1))
	f.Add(newScene(2).photo(frame{}, 1))
	f.Add(s.photo(frame{}, 1))
	if got := f.Add(s.photo(frame{noise: 0.01}, 2)); !slices.Equal(got, []int{2, 0}) {
		t.Errorf("Add = %v, want the same frame and then the shifted one", got)
	}
	portrait := s.photo(frame{}, 1)
	portrait.Width, portrait.Height = portrait.Height, portrait.Width
	for _, p := range []similar.Photo{{}, {Sketch: make([]byte, 3)}, {Sketch: make([]byte, 1024)}, {Sketch: make([]byte, 1024)}, portrait} {
		if got := f.Add(p); len(got) != 0 {
			t.Errorf("a photo of %d x %d with a sketch of %d is similar to %v", p.Width, p.Height, len(p.Sketch), got)
		}
	}
	if g := f.Group(3); g != 0 {
		t.Errorf("Group(3) = %d, want 0", g)
	}
}

// Within a burst the subject may move; taken apart, such photos are two. A burst is of one camera,
// and of photos whose time is known.
func TestBurst(t *testing.T) {
	at := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	day := time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)
	lisbon := time.FixedZone("", 3600)
	for _, test := range []struct {
		what          string
		first, second time.Time
		cameras       [2]string
		want          bool
	}{
		{"a second apart", at, at.Add(time.Second), [2]string{"X", "X"}, true},
		{"a second before", at, at.Add(-time.Second), [2]string{}, true},
		{"a twentieth of a second apart", at, at.Add(50 * time.Millisecond), [2]string{"X", "X"}, true},
		{"in the same second", at, at, [2]string{"X", "X"}, true},
		{"at the limit", at, at.Add(3 * time.Second), [2]string{"X", "X"}, true},
		{"beyond the limit", at, at.Add(3*time.Second + time.Millisecond), [2]string{"X", "X"}, false},
		{"an hour apart", at, at.Add(time.Hour), [2]string{"X", "X"}, false},
		{"the same moment in two zones", at, at.Add(time.Second).In(lisbon), [2]string{"X", "X"}, true},
		{"one clock in two zones", at, time.Date(2026, 5, 14, 10, 0, 0, 0, lisbon), [2]string{"X", "X"}, false},
		{"two cameras", at, at.Add(time.Second), [2]string{"X", "Y"}, false},
		{"a camera and none", at, at.Add(time.Second), [2]string{"X", ""}, true},
		{"one time missing", at, time.Time{}, [2]string{"X", "X"}, false},
		{"no time at all", time.Time{}, time.Time{}, [2]string{"X", "X"}, false},
		{"the day alone", day, day, [2]string{}, false},
		{"the day alone, in another zone", day.In(lisbon).Add(-time.Hour), day.In(lisbon).Add(-time.Hour), [2]string{}, false},
		{"around midnight", day.Add(-time.Second), day.Add(time.Second), [2]string{}, true},
	} {
		var f similar.Finder
		moved := slices.Clone(newScene(5))
		for i := 28; i < len(moved); i++ { // what is in front
			moved[i].x += 0.2
		}
		a, b := newScene(5).photo(frame{}, 1), moved.photo(frame{}, 1)
		a.Taken, b.Taken = test.first, test.second
		a.Camera, b.Camera = test.cameras[0], test.cameras[1]
		f.Add(a)
		if got := len(f.Add(b)) > 0; got != test.want {
			t.Errorf("%s: similar is %v, want %v", test.what, got, test.want)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	photos := make([]similar.Photo, 1000)
	for i := range photos {
		photos[i] = newScene(uint64(i)).photo(frame{}, 1)
	}
	for b.Loop() {
		var f similar.Finder
		for _, p := range photos {
			f.Add(p)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(photos)), "µs/photo")
}

func ExampleFinder() {
	var f similar.Finder
	bridge, street := newScene(1), newScene(2)
	f.Add(bridge.photo(frame{}, 1))
	f.Add(street.photo(frame{}, 1))
	f.Add(bridge.photo(frame{x: 0.04}, 1)) // a step to the side
	fmt.Println(f.Groups())
	// Output: [[0 2]]
}

// Memory grows by as much with each photo, and by no more than the package's comment says.
func TestMemory(t *testing.T) {
	sketches := make([]similar.Photo, 50)
	for i := range sketches {
		sketches[i] = newScene(uint64(i)).photo(frame{}, 1)
	}
	held := func(photos int) float64 {
		var f similar.Finder
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range photos {
			p := sketches[i%len(sketches)]
			// Another shape: no comparison costs time.
			p.Width = 1000 << (i / len(sketches))
			f.Add(p)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(&f)
		return float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / float64(photos)
	}
	for _, photos := range []int{200, 1000} {
		if bytes := held(photos); bytes > 2000 {
			t.Errorf("each of %d photos holds %.0f bytes", photos, bytes)
		}
	}
}

package heif

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

//go:embed wasm/hevc.wasm.gz
var hevcModule []byte

//go:embed wasm/hevcdeep.wasm.gz
var hevcDeepModule []byte

//go:embed wasm/avif.wasm.gz
var avifModule []byte

// page is the unit in which the memory of a sandbox grows.
const page = 64 << 10

// sandbox runs one decoder. It is made ready once, when it is first needed, and kept.
type sandbox struct {
	packed []byte

	once     sync.Once
	err      error
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

// HEVC has a decoder for pictures of 8 bits and one for those of more: making ready takes time by
// the size of a decoder, and most photos need the first one alone.
var (
	hevc     = sandbox{packed: hevcModule}
	hevcDeep = sandbox{packed: hevcDeepModule}
	av1      = sandbox{packed: avifModule}
)

func (s *sandbox) ready() error {
	s.once.Do(func() { s.err = s.start() })
	return s.err
}

func (s *sandbox) start() error {
	unpacked, err := gzip.NewReader(bytes.NewReader(s.packed))
	if err != nil {
		return err
	}
	binary, err := io.ReadAll(unpacked)
	if err != nil {
		return err
	}
	// The sandbox outlives the photo that needed it first, and so its context.
	ctx := context.Background()
	s.runtime = wazero.NewRuntime(ctx)
	if err := withoutFiles(ctx, s.runtime); err != nil {
		return err
	}
	// The decoders ask after each block of pixels whether they are still wanted: wazero's own
	// way to end them (WithCloseOnContextDone) asks in every loop and makes them five times
	// slower.
	stopped := func(ctx context.Context, stack []uint64) {
		stack[0] = 0
		if ctx.Err() != nil {
			stack[0] = 1
		}
	}
	_, err = s.runtime.NewHostModuleBuilder("tagroll").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(stopped), nil, []api.ValueType{api.ValueTypeI32}).Export("stopped").
		Instantiate(ctx)
	if err != nil {
		return err
	}
	s.compiled, err = s.runtime.CompileModule(ctx, binary)
	return err
}

// withoutFiles gives the decoders the three functions of WASI that their C library needs for
// writing messages. Each answers that there is no such file. The WASI of wazero has files, clocks
// and random numbers as well, none of which a decoder may have.
func withoutFiles(ctx context.Context, r wazero.Runtime) error {
	const badFile = 8 // errno "badf"
	none := api.GoFunc(func(_ context.Context, stack []uint64) { stack[0] = badFile })
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	module := r.NewHostModuleBuilder("wasi_snapshot_preview1")
	for name, parameters := range map[string][]api.ValueType{
		"fd_close": {i32},
		"fd_seek":  {i32, i64, i32, i32},
		"fd_write": {i32, i32, i32, i32},
	} {
		module.NewFunctionBuilder().WithGoFunction(none, parameters, []api.ValueType{i32}).Export(name)
	}
	_, err := module.Instantiate(ctx)
	return err
}

// memory is the memory of one instance. It is reserved whole and never moves, so that growing
// copies nothing. An instance that asks for more gets none.
type memory struct {
	reserved []byte
	once     sync.Once
}

func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		return nil
	}
	return m.reserved[:size:size]
}

func (m *memory) Free() { m.once.Do(func() { unreserve(m.reserved) }) }

// instance is a decoder at work, on one picture after the other.
type instance struct {
	module        api.Module
	input, decode api.Function
}

// open starts a decoder that may have so many bytes of memory, with no files, no arguments and no
// clock.
func (s *sandbox) open(ctx context.Context, limit int) (*instance, error) {
	if err := s.ready(); err != nil {
		return nil, fmt.Errorf("heif: the decoder does not start: %w", err)
	}
	limit = (limit + page - 1) / page * page
	m := &memory{reserved: reserve(limit)}
	if m.reserved == nil {
		return nil, fmt.Errorf("%w: the system has no %d MB left", ErrMemory, limit>>20)
	}
	alloc := experimental.MemoryAllocatorFunc(func(uint64, uint64) experimental.LinearMemory { return m })
	// Without a name, any number of them can run at once.
	module, err := s.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, alloc), s.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		m.Free()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("heif: the decoder does not start: %w", err)
	}
	return &instance{module: module, input: module.ExportedFunction("input"), decode: module.ExportedFunction("decode")}, nil
}

// close gives the instance's memory back.
func (i *instance) close() { _ = i.module.Close(context.Background()) }

// call calls a function of the decoder. What makes it trap is the fault of the file.
func (i *instance) call(ctx context.Context, f api.Function, args ...uint64) (uint32, error) {
	out, err := f.Call(ctx, args...)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("%w: the decoder gave up on it", ErrCorrupt)
	}
	if out[0] == 0 {
		return 0, fmt.Errorf("%w: the decoder refuses it", ErrCorrupt)
	}
	return uint32(out[0]), nil
}

// coded is a decoded picture as it lies in its instance's memory.
type coded struct {
	width, height, chroma, lumaBits, chromaBits uint32
	// signalled is whether the picture itself says the following.
	signalled                         uint32
	primaries, transfer, matrix, full uint32
	planes                            [3]struct{ at, stride, width, height uint32 }
	memory                            []byte
}

// run decodes one picture. It lives until the next call.
func (i *instance) run(ctx context.Context, data []byte, plain bool) (*coded, error) {
	at, err := i.call(ctx, i.input, uint64(len(data)))
	if err != nil {
		return nil, err
	}
	if !i.module.Memory().Write(at, data) {
		return nil, outside()
	}
	var filters uint64
	if plain {
		filters = 1
	}
	at, err = i.call(ctx, i.decode, uint64(len(data)), filters)
	if err != nil {
		return nil, err
	}
	c := new(coded)
	var ok bool
	if c.memory, ok = i.module.Memory().Read(0, i.module.Memory().Size()); !ok {
		return nil, outside()
	}
	const words = 10 + 3*4
	answer, ok := i.module.Memory().Read(at, 4*words)
	if !ok {
		return nil, outside()
	}
	for n, p := range c.words() {
		*p = binary.LittleEndian.Uint32(answer[4*n:])
	}
	return c, c.check()
}

func outside() error { return fmt.Errorf("%w: the decoder's answer is out of its memory", ErrCorrupt) }

// words are the parts of the decoder's answer in its order.
func (c *coded) words() []*uint32 {
	w := []*uint32{&c.width, &c.height, &c.chroma, &c.lumaBits, &c.chromaBits, &c.signalled, &c.primaries, &c.transfer, &c.matrix, &c.full}
	for i := range c.planes {
		p := &c.planes[i]
		w = append(w, &p.at, &p.stride, &p.width, &p.height)
	}
	return w
}

// count is the number of planes.
func (c *coded) count() int {
	if c.chroma == 0 {
		return 1
	}
	return 3
}

// bits are those of a plane's samples.
func (c *coded) bits(plane int) uint32 {
	if plane == 0 {
		return c.lumaBits
	}
	return c.chromaBits
}

// subsampling says how many pixels a chroma sample covers.
func (c *coded) subsampling() (x, y int) {
	switch c.chroma {
	case 1:
		return 2, 2
	case 2:
		return 2, 1
	}
	return 1, 1
}

// check refuses an answer that is no picture inside the memory: what a hostile file made of the
// decoder's own.
func (c *coded) check() error {
	if c.chroma > 3 || c.width < 1 || c.height < 1 || c.width > 1<<16 || c.height > 1<<16 {
		return outside()
	}
	sx, sy := c.subsampling()
	for i, p := range c.planes[:c.count()] {
		w, h, bytes := uint64(c.width), uint64(c.height), uint64(1)
		if i > 0 {
			w, h = (w+uint64(sx)-1)/uint64(sx), (h+uint64(sy)-1)/uint64(sy)
		}
		if bits := c.bits(i); bits < 8 || bits > 16 {
			return outside()
		} else if bits > 8 {
			bytes = 2
		}
		if uint64(p.width) < w || uint64(p.height) < h || uint64(p.stride) < w*bytes ||
			uint64(p.at)+uint64(p.stride)*(h-1)+w*bytes > uint64(len(c.memory)) {
			return outside()
		}
	}
	return nil
}

// row copies the first samples of a plane's row, in 8 bits.
func (c *coded) row(plane, y int, dst []byte) {
	p := c.planes[plane]
	src := c.memory[uint64(p.at)+uint64(p.stride)*uint64(y):]
	bits := c.bits(plane)
	if bits == 8 {
		copy(dst, src)
		return
	}
	shift, half := bits-8, uint32(1)<<(bits-9)
	for x := range dst {
		v := uint32(binary.LittleEndian.Uint16(src[2*x:]))
		dst[x] = uint8(min((v+half)>>shift, 255))
	}
}

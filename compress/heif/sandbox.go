package heif

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:embed wasm/heic.wasm.gz
var heicModule []byte

//go:embed wasm/avif.wasm.gz
var avifModule []byte

// maxPages is the memory of a decoder, in pages of 64 KB: 2 GB. An AVIF photo of 100 megapixels
// takes half.
const maxPages = 2 << 30 / (64 << 10)

// sandbox runs one decoder. It is made ready once, when it is first needed, and kept.
type sandbox struct {
	packed []byte

	once     sync.Once
	err      error
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

var heic, avif = sandbox{packed: heicModule}, sandbox{packed: avifModule}

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
	// Ending a decoder in the middle when its context is done is an option, but makes it five times
	// slower (AVIF of 10 megapixels, wazero 1.12): a photo takes a second or two at most without.
	s.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().
		WithMemoryLimitPages(maxPages))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, s.runtime); err != nil {
		return err
	}
	s.compiled, err = s.runtime.CompileModule(ctx, binary)
	return err
}

// instance is a decoder at work on one file.
type instance struct {
	module api.Module
}

// open starts a decoder, with no files, no arguments and no clock.
func (s *sandbox) open(ctx context.Context) (*instance, error) {
	if err := s.ready(); err != nil {
		return nil, fmt.Errorf("heif: the decoder does not start: %w", err)
	}
	// Without a name, any number of them can run at once.
	m, err := s.runtime.InstantiateModule(ctx, s.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	return &instance{module: m}, nil
}

// close gives the instance's memory back.
func (i *instance) close() { _ = i.module.Close(context.Background()) }

// alloc reserves memory in the sandbox. Nothing is ever given back: the instance does not live
// long.
func (i *instance) alloc(ctx context.Context, n int) (uint32, error) {
	at, err := i.call(ctx, "malloc", uint64(n))
	if err != nil {
		return 0, err
	}
	if at == 0 {
		return 0, fmt.Errorf("%w: it needs more memory than the decoder may have", ErrCorrupt)
	}
	return at, nil
}

// call calls a function of the decoder. What makes it trap is the fault of the file.
func (i *instance) call(ctx context.Context, name string, args ...uint64) (uint32, error) {
	f := i.module.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("heif: the decoder has no function %s", name)
	}
	out, err := f.Call(ctx, args...)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("%w: the decoder gave up on it", ErrCorrupt)
	}
	return uint32(out[0]), nil
}

// words reads 32-bit numbers.
func (i *instance) words(at uint32, out ...*uint32) error {
	for n, p := range out {
		v, ok := i.module.Memory().ReadUint32Le(at + uint32(4*n))
		if !ok {
			return fmt.Errorf("%w: the decoder's answer is out of its memory", ErrCorrupt)
		}
		*p = v
	}
	return nil
}

// bytes is a view of the sandbox's memory. It goes with the instance.
func (i *instance) bytes(at uint32, n int) ([]byte, error) {
	b, ok := i.module.Memory().Read(at, uint32(n))
	if !ok {
		return nil, fmt.Errorf("%w: the decoder's answer is out of its memory", ErrCorrupt)
	}
	return b, nil
}

// load copies a file into the sandbox.
func (i *instance) load(ctx context.Context, data []byte) (uint32, error) {
	at, err := i.alloc(ctx, len(data))
	if err != nil {
		return 0, err
	}
	if !i.module.Memory().Write(at, data) {
		return 0, fmt.Errorf("%w: it does not fit into the decoder's memory", ErrCorrupt)
	}
	return at, nil
}

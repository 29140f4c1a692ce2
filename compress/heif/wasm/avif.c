// The AV1 decoder of tagroll's sandbox: the data of one picture in, its planes out.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dav1d/dav1d.h"

// stopped asks the host whether the work is still wanted.
__attribute__((import_module("tagroll"), import_name("stopped"))) int stopped(void);

// tagroll_unit is called for each superblock and for each row of the filters. Calls out of the
// sandbox are also where the host's scheduler can interrupt it.
void tagroll_unit(int coded) {
  if (stopped()) __builtin_trap();
}

// picture is the answer; the host reads it at its address.
struct picture {
  uint32_t width, height, chroma, luma_bits, chroma_bits;
  uint32_t signalled, primaries, transfer, matrix, full_range;
  struct { uint32_t at, stride, width, height; } planes[3];
};

static struct picture answer;
static uint8_t *buffer;
static Dav1dContext *c;
static Dav1dPicture p;

// input returns a place for the next picture's data.
__attribute__((export_name("input"))) uint8_t *input(uint32_t size) {
  free(buffer);
  return buffer = malloc(size);
}

static void keep(const uint8_t *data, void *cookie) {} // the data is the host's

// decode takes the units in the input and returns the address of the answer; 0 if there is no whole
// picture. The planes live until the next call.
__attribute__((export_name("decode"))) const struct picture *decode(uint32_t size, int plain) {
  if (c) {
    dav1d_picture_unref(&p);
    dav1d_close(&c);
  }
  Dav1dSettings s;
  dav1d_default_settings(&s);
  s.n_threads = 1;
  s.max_frame_delay = 1;
  s.all_layers = 0;
  if (plain) {
    s.inloop_filters = DAV1D_INLOOPFILTER_NONE;
    s.apply_grain = 0;
  }
  if (dav1d_open(&c, &s) < 0) return NULL;
  Dav1dData data;
  memset(&data, 0, sizeof data);
  if (dav1d_data_wrap(&data, buffer, size, keep, NULL) < 0) return NULL;
  memset(&p, 0, sizeof p);
  int res = DAV1D_ERR(EAGAIN);
  while (res == DAV1D_ERR(EAGAIN)) {
    if (data.sz) {
      int sent = dav1d_send_data(c, &data);
      if (sent < 0 && sent != DAV1D_ERR(EAGAIN)) return NULL;
    }
    res = dav1d_get_picture(c, &p);
    if (res == DAV1D_ERR(EAGAIN) && !data.sz) return NULL;
  }
  if (res < 0) return NULL;

  answer.width = p.p.w;
  answer.height = p.p.h;
  answer.luma_bits = answer.chroma_bits = p.p.bpc;
  answer.signalled = 1;
  answer.primaries = p.seq_hdr->pri;
  answer.transfer = p.seq_hdr->trc;
  answer.matrix = p.seq_hdr->mtrx;
  answer.full_range = p.seq_hdr->color_range;
  answer.chroma = p.p.layout; // as in HEVC: none, 4:2:0, 4:2:2, 4:4:4
  for (int i = 0; i < (p.p.layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3); i++) {
    int sx = i && p.p.layout != DAV1D_PIXEL_LAYOUT_I444, sy = i && p.p.layout == DAV1D_PIXEL_LAYOUT_I420;
    answer.planes[i].at = (uint32_t)(uintptr_t)p.data[i];
    answer.planes[i].stride = p.stride[i > 0];
    answer.planes[i].width = (p.p.w + sx) >> sx;
    answer.planes[i].height = (p.p.h + sy) >> sy;
  }
  return &answer;
}

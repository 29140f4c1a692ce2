// The HEVC decoder of tagroll's sandbox: the NAL units of one picture in, its planes out.
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libavcodec/codec_internal.h"
#include "libavcodec/dovi_rpu.h"
#include "libavcodec/h274.h"
#include "libavcodec/hevcdec.h"
#include "libavcodec/internal.h"
#include "libavcodec/thread.h"
#include "libavcodec/threadframe.h"
#include "libavutil/imgutils.h"
#include "libavutil/pixdesc.h"

extern const FFCodec ff_hevc_decoder;

// stopped asks the host whether the work is still wanted.
__attribute__((import_module("tagroll"), import_name("stopped"))) int stopped(void);

static int units; // coding tree units begun

// tagroll_unit is called for each coding tree unit. Calls out of the sandbox are also where the
// host's scheduler can interrupt it.
void tagroll_unit(void) {
  units++;
  if (stopped()) __builtin_trap();
}

// What follows stands in for the parts of libavcodec and libavutil around the decoder: nothing is
// logged, nothing runs in threads, and frames are buffers of their own.

void av_log(void *context, int level, const char *format, ...) {}
void avpriv_request_sample(void *context, const char *format, ...) {}
void avpriv_report_missing_feature(void *context, const char *format, ...) {}
const char *av_default_item_name(void *p) { return ""; }
int av_strerror(int error, char *text, size_t size) { return -1; }
uint8_t *av_packet_get_side_data(const AVPacket *p, enum AVPacketSideDataType kind, size_t *size) { return NULL; }
int ff_set_sar(AVCodecContext *c, AVRational sar) { return 0; }
int ff_slice_thread_init_progress(AVCodecContext *c) { return 0; }
void ff_thread_release_ext_buffer(AVCodecContext *c, ThreadFrame *f) { av_frame_unref(f->f); }
void ff_thread_release_buffer(AVCodecContext *c, AVFrame *f) { av_frame_unref(f); }
void ff_thread_report_progress(ThreadFrame *f, int n, int field) {}
void ff_thread_await_progress(ThreadFrame *f, int n, int field) {}
void ff_thread_report_progress2(AVCodecContext *c, int field, int thread, int n) {}
void ff_thread_await_progress2(AVCodecContext *c, int field, int thread, int shift) {}
void ff_thread_finish_setup(AVCodecContext *c) {}
int ff_alloc_entries(AVCodecContext *c, int count) { return 0; }
void ff_reset_entries(AVCodecContext *c) {}
int ff_thread_ref_frame(ThreadFrame *to, const ThreadFrame *from) { return AVERROR(ENOSYS); }

// Units of supplementary information do not reach the decoder.
const AVProfile ff_hevc_profiles[1];
int ff_hevc_decode_nal_sei(GetBitContext *bits, void *log, HEVCSEI *sei, const HEVCParamSets *sets, enum HEVCNALUnitType kind) { return 0; }
void ff_hevc_reset_sei(HEVCSEI *sei) {}
int ff_h274_apply_film_grain(AVFrame *to, const AVFrame *from, H274FilmGrainDatabase *d, const AVFilmGrainParams *p) { return AVERROR(ENOSYS); }
int ff_dovi_rpu_parse(DOVIContext *d, const uint8_t *rpu, size_t size) { return AVERROR(ENOSYS); }
int ff_dovi_attach_side_data(DOVIContext *d, AVFrame *f) { return 0; }
void ff_dovi_update_cfg(DOVIContext *d, const AVDOVIDecoderConfigurationRecord *cfg) {}
void ff_dovi_ctx_unref(DOVIContext *d) {}
void ff_dovi_ctx_flush(DOVIContext *d) {}
int ff_dovi_ctx_replace(DOVIContext *to, const DOVIContext *from) { return 0; }

// ff_thread_get_format refuses the pictures that the other build of this decoder is for.
enum AVPixelFormat ff_thread_get_format(AVCodecContext *c, const enum AVPixelFormat *formats) {
  int bits = av_pix_fmt_desc_get(*formats)->comp[0].depth;
  return (bits > 8) == TAGROLL_DEEP ? *formats : AV_PIX_FMT_NONE;
}

int ff_thread_get_buffer(AVCodecContext *c, AVFrame *f, int flags) {
  f->format = c->pix_fmt;
  f->width = c->coded_width;
  f->height = c->coded_height;
  return av_frame_get_buffer(f, 0);
}

int ff_thread_get_ext_buffer(AVCodecContext *c, ThreadFrame *f, int flags) { return ff_thread_get_buffer(c, f->f, flags); }

static int execute(AVCodecContext *c, int (*work)(AVCodecContext *, void *), void *args, int *results, int count, int size) {
  for (int i = 0; i < count; i++) {
    int r = work(c, (char *)args + i * size);
    if (results) results[i] = r;
  }
  return 0;
}

// picture is the answer; the host reads it at its address.
struct picture {
  uint32_t width, height, chroma, luma_bits, chroma_bits;
  uint32_t signalled, primaries, transfer, matrix, full_range;
  struct { uint32_t at, stride, width, height; } planes[3];
};

static struct picture answer;
static uint8_t *buffer;
static AVCodecContext c;
static AVCodecInternal internal;
static AVFrame shown;

// input returns a place for the next picture's data. What the decoder reads behind it is zero.
__attribute__((export_name("input"))) uint8_t *input(uint32_t size) {
  free(buffer);
  buffer = size < INT32_MAX / 4 ? malloc(size + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
  if (buffer) memset(buffer + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
  return buffer;
}

// begin makes a decoder that knows nothing of the last picture.
static int begin(int plain) {
  av_frame_unref(&shown);
  if (c.priv_data) {
    ff_hevc_decoder.close(&c);
    free(c.priv_data);
  }
  memset(&c, 0, sizeof c);
  memset(&internal, 0, sizeof internal);
  if (!(c.priv_data = calloc(1, ff_hevc_decoder.priv_data_size))) return -1;
  c.codec_id = AV_CODEC_ID_HEVC;
  c.codec = &ff_hevc_decoder.p;
  c.internal = &internal;
  c.execute = execute;
  c.thread_count = 1;
  c.err_recognition = AV_EF_EXPLODE;
  c.skip_loop_filter = plain ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
  units = 0;
  if (ff_hevc_decoder.init(&c) < 0) return -1;
  HEVCContext *s = c.priv_data;
  s->is_nalff = 1;
  s->nal_length_size = 4;
  return 0;
}

// keep leaves of the units in the buffer those that a picture is made of: slices and parameters.
// What else there may be is of no use, and a fault in it would cost the picture.
static uint32_t keep(uint32_t size) {
  uint8_t *in = buffer, *out = buffer;
  while (size >= 4) {
    uint32_t n = (uint32_t)in[0] << 24 | in[1] << 16 | in[2] << 8 | in[3];
    if (n > size - 4) return 0;
    int kind = n > 1 ? in[4] >> 1 & 63 : 63;
    if (kind <= HEVC_NAL_PPS) {
      memmove(out, in, n + 4);
      out += n + 4;
    }
    in += n + 4, size -= n + 4;
  }
  memset(out, 0, AV_INPUT_BUFFER_PADDING_SIZE);
  return out - buffer;
}

// decode takes the NAL units in the input, each behind its length in four bytes, and returns the
// address of the answer; 0 if there is no whole picture. The planes live until the next call.
__attribute__((export_name("decode"))) const struct picture *decode(uint32_t size, int plain) {
  if (begin(plain) < 0 || !(size = keep(size))) return NULL;
  AVPacket packet = {.data = buffer, .size = size};
  int got = 0;
  if (ff_hevc_decoder.cb.decode(&c, &shown, &got, &packet) < 0) return NULL;
  HEVCContext *s = c.priv_data;
  const HEVCSPS *sps = s->ps.sps;
  if (!s->ref || !sps || units < sps->ctb_size) return NULL;
  // The decoder reads pictures with these wrongly, and says so in the log alone.
  if (sps->extended_precision_processing_flag || sps->cabac_bypass_alignment_enabled_flag) return NULL;
  const AVFrame *f = s->ref->frame;
  const HEVCWindow *w = &sps->output_window;

  answer.width = sps->width - w->left_offset - w->right_offset;
  answer.height = sps->height - w->top_offset - w->bottom_offset;
  answer.chroma = sps->chroma_format_idc;
  answer.luma_bits = answer.chroma_bits = sps->bit_depth;
  answer.signalled = sps->vui.video_signal_type_present_flag;
  int described = sps->vui.colour_description_present_flag;
  answer.primaries = described ? sps->vui.colour_primaries : AVCOL_PRI_UNSPECIFIED;
  answer.transfer = described ? sps->vui.transfer_characteristic : AVCOL_TRC_UNSPECIFIED;
  answer.matrix = described ? sps->vui.matrix_coeffs : AVCOL_SPC_UNSPECIFIED;
  answer.full_range = sps->vui.video_full_range_flag;
  for (int i = 0; i < (answer.chroma ? 3 : 1); i++) {
    int x = sps->hshift[i], y = sps->vshift[i];
    answer.planes[i].at = (uint32_t)(uintptr_t)(f->data[i] + (w->top_offset >> y) * f->linesize[i] + ((w->left_offset >> x) << sps->pixel_shift));
    answer.planes[i].stride = f->linesize[i];
    answer.planes[i].width = (answer.width + (1 << x) - 1) >> x;
    answer.planes[i].height = (answer.height + (1 << y) - 1) >> y;
  }
  return &answer;
}

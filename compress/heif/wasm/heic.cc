// The HEVC decoder of tagroll's sandbox: the NAL units of one picture in, its planes out.
#include <stdint.h>
#include <stdlib.h>

#include "de265.h"
#include "image.h"

// stopped asks the host whether the work is still wanted.
extern "C" __attribute__((import_module("tagroll"), import_name("stopped"))) int stopped(void);

static int units; // coding tree units begun

// tagroll_unit is called for each coding tree unit and for each row of the filters. Calls out of
// the sandbox are also where the host's scheduler can interrupt it.
extern "C" void tagroll_unit(int coded) {
  units += coded;
  if (stopped()) __builtin_trap();
}

// picture is the answer; the host reads it at its address.
struct picture {
  uint32_t width, height, chroma, luma_bits, chroma_bits;
  uint32_t signalled, primaries, transfer, matrix, full_range;
  struct { uint32_t at, stride, width, height; } planes[3];
};

static picture answer;
static uint8_t *buffer;
static de265_decoder_context *c;

// input returns a place for the next picture's data.
extern "C" __attribute__((export_name("input"))) uint8_t *input(uint32_t size) {
  free(buffer);
  return buffer = (uint8_t *)malloc(size);
}

// decode takes the NAL units in the input, each behind its length in four bytes, and returns the
// address of the answer; 0 if there is no whole picture. The planes live until the next call.
extern "C" __attribute__((export_name("decode"))) const picture *decode(uint32_t size, int plain) {
  const uint8_t *in = buffer;
  if (c) de265_free_decoder(c);
  c = de265_new_decoder();
  if (!c) return NULL;
  de265_set_parameter_bool(c, DE265_DECODER_PARAM_DISABLE_DEBLOCKING, plain);
  de265_set_parameter_bool(c, DE265_DECODER_PARAM_DISABLE_SAO, plain);
  while (size >= 4) {
    uint32_t n = (uint32_t)in[0] << 24 | in[1] << 16 | in[2] << 8 | in[3];
    in += 4, size -= 4;
    if (n > size) return NULL;
    if (de265_push_NAL(c, in, n, 0, NULL) != DE265_OK) return NULL;
    in += n, size -= n;
  }
  if (de265_flush_data(c) != DE265_OK) return NULL;
  units = 0;
  const de265_image *img = NULL;
  for (int more = 1; more && !img;) {
    more = 0;
    de265_error err = de265_decode(c, &more);
    if (err != DE265_OK && err != DE265_ERROR_IMAGE_BUFFER_FULL) return NULL;
    img = de265_get_next_picture(c);
  }
  if (!img || img->integrity != INTEGRITY_CORRECT || units < img->get_sps().PicSizeInCtbsY) return NULL;

  answer.width = de265_get_image_width(img, 0);
  answer.height = de265_get_image_height(img, 0);
  answer.chroma = de265_get_chroma_format(img);
  answer.luma_bits = img->get_sps().BitDepth_Y;
  answer.chroma_bits = img->get_sps().BitDepth_C;
  answer.signalled = img->get_sps().vui_parameters_present_flag && img->get_sps().vui.video_signal_type_present_flag;
  answer.primaries = de265_get_image_colour_primaries(img);
  answer.transfer = de265_get_image_transfer_characteristics(img);
  answer.matrix = de265_get_image_matrix_coefficients(img);
  answer.full_range = de265_get_image_full_range_flag(img);
  int planes = answer.chroma == de265_chroma_mono ? 1 : 3;
  for (int i = 0; i < planes; i++) {
    int stride = 0;
    answer.planes[i].at = (uint32_t)(uintptr_t)de265_get_image_plane(img, i, &stride);
    answer.planes[i].stride = stride;
    answer.planes[i].width = de265_get_image_width(img, i);
    answer.planes[i].height = de265_get_image_height(img, i);
  }
  return &answer;
}

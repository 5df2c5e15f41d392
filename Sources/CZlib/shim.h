#ifndef TARN_CZLIB_SHIM_H
#define TARN_CZLIB_SHIM_H

#include <zlib.h>

// zlib's own name for this is a macro, which Swift does not see. Negative window bits: raw deflate, as in zip files.
static inline int tarn_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -15); }

#endif

package web

import (
	"io"
)

// read reads a part whole, or counts its bytes and returns no data if they are more than the limit.
// The memory is charged to u.hold.
//
// The size of a part is not known before its end. The buffer grows by doubling, up to the limit or
// what can still come by the Content-Length: what is copied is less than the photo, and never is
// the whole of it there twice. A buffer is counted beside the one that it replaces.
func (u *upload) read(part io.Reader, limit int64) (data []byte, size int64, err error) {
	if u.hold == nil {
		u.hold = u.s.memory.reserve(u.visitor.client.String())
	}
	bound := limit
	if left := u.body.left(); left >= 0 {
		bound = min(bound, left)
	}
	capacity := max(min(bound, firstBuffer), 512)
	if err := u.take(capacity); err != nil {
		return nil, 0, err
	}
	data = make([]byte, 0, capacity)
	for {
		if len(data) == cap(data) {
			if int64(len(data)) >= limit {
				return u.readBeyond(part, data)
			}
			if data, err = u.grow(data, min(bound, limit), limit); err != nil {
				return nil, 0, err
			}
		}
		n, err := part.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			if int64(len(data)) > limit {
				return nil, int64(len(data)), nil
			}
			return data, int64(len(data)), nil
		}
		if err != nil {
			return nil, 0, u.body.failure(err)
		}
	}
}

// grow returns a larger buffer with the same content.
func (u *upload) grow(data []byte, expected, limit int64) ([]byte, error) {
	old := int64(cap(data))
	next := 2 * old
	if expected > old && expected <= 4*old {
		next = expected
	}
	next = min(next, limit)
	if err := u.take(next); err != nil {
		return nil, err
	}
	larger := make([]byte, len(data), next)
	copy(larger, data)
	u.give(old)
	return larger, nil
}

// readBeyond reads on where the limit is reached: there may be nothing more.
func (u *upload) readBeyond(part io.Reader, data []byte) ([]byte, int64, error) {
	size := int64(len(data))
	var one [1]byte
	if _, err := io.ReadFull(part, one[:]); err == io.EOF {
		return data, size, nil
	} else if err != nil {
		return nil, 0, u.body.failure(err)
	}
	u.give(int64(cap(data)))
	n, err := io.CopyN(io.Discard, part, maxDrained)
	switch {
	case err == nil:
		return nil, 0, errTooLong
	case err != io.EOF:
		return nil, 0, u.body.failure(err)
	}
	return nil, size + 1 + n, nil
}

// take and give change what the next photo holds.
func (u *upload) take(amount int64) error {
	err := u.hold.take(u.ctx, amount)
	if err == nil {
		u.holds.Add(amount)
	}
	return err
}

func (u *upload) give(amount int64) {
	u.hold.give(amount)
	u.holds.Add(-amount)
}

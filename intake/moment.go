package intake

import (
	"strings"
	"time"
)

// moment reads a date and a clock's time as cameras and programs write them in EXIF, XMP and IPTC:
// "2024:05:06 07:08:09", "2024-05-06T07:08+02:00", "20240506 070809+0200". The seconds, a fraction
// of them and the zone may be missing; without a zone the time is in UTC. 24:00 is the end of the
// day. A date alone is no moment, nor are the zeros and blanks of a camera that does not know.
func moment(text string) (t time.Time, ok bool) {
	s := scanner(strings.TrimSpace(text))
	year, month, day, ok := s.date()
	if !ok || !s.gap() {
		return time.Time{}, false
	}
	hour, minute, second, ok := s.clock()
	if !ok {
		return time.Time{}, false
	}
	nanoseconds := s.fraction()
	hour = s.halfDay(hour)
	zone, ok := readZone(strings.TrimSpace(string(s)))
	if !ok || hour > 24 || hour == 24 && (minute != 0 || second != 0) || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	if year < 1800 || date.Month() != time.Month(month) || date.Day() != day {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanoseconds, zone), true
}

// inZone is a clock's reading in the zone with an offset such as "+02:00". Without a
// valid one it stays as it is.
func inZone(clock time.Time, offset string) time.Time {
	zone, ok := readZone(strings.TrimSpace(offset))
	if !ok || offset == "" {
		return clock
	}
	year, month, day := clock.Date()
	hour, minute, second := clock.Clock()
	return time.Date(year, month, day, hour, minute, second, clock.Nanosecond(), zone)
}

// readZone reads an offset from UTC: "Z", "+02:00", "+0200" or "+02". Empty is UTC.
func readZone(text string) (*time.Location, bool) {
	switch strings.ToUpper(text) {
	case "", "Z", "UTC", "GMT":
		return time.UTC, true
	}
	s := scanner(text[1:])
	hours, ok := s.digits(2, 2)
	s.skip(":")
	minutes := 0
	if s != "" {
		var whole bool
		minutes, whole = s.digits(2, 2)
		ok = ok && whole
	}
	if text[0] != '+' && text[0] != '-' || !ok || s != "" || hours > 15 || minutes > 59 {
		return nil, false
	}
	seconds := 3600*hours + 60*minutes
	if seconds == 0 {
		return time.UTC, true
	}
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// scanner is the rest of a text.
type scanner string

// digits reads a number of least to most digits.
func (s *scanner) digits(least, most int) (n int, ok bool) {
	i := 0
	for i < len(*s) && i < most && (*s)[i] >= '0' && (*s)[i] <= '9' {
		n = 10*n + int((*s)[i]-'0')
		i++
	}
	*s = (*s)[i:]
	return n, i >= least
}

// skip passes over one of some characters, if there is one.
func (s *scanner) skip(any string) bool {
	if *s == "" || !strings.Contains(any, string((*s)[0])) {
		return false
	}
	*s = (*s)[1:]
	return true
}

// gap passes over what stands between a date and a time.
func (s *scanner) gap() bool {
	found := false
	for s.skip(" Tt") {
		found = true
	}
	return found
}

func (s *scanner) date() (year, month, day int, ok bool) {
	year, ok = s.digits(4, 4)
	least := 1
	if !s.skip(":-/.") {
		least = 2
	}
	month, ok1 := s.digits(least, 2)
	s.skip(":-/.")
	day, ok2 := s.digits(least, 2)
	return year, month, day, ok && ok1 && ok2
}

func (s *scanner) clock() (hour, minute, second int, ok bool) {
	hour, ok = s.digits(1, 2)
	s.skip(":")
	minute, ok1 := s.digits(2, 2)
	if s.skip(":") || *s != "" && (*s)[0] >= '0' && (*s)[0] <= '9' {
		second, ok = s.digits(2, 2)
	}
	return hour, minute, second, ok && ok1
}

// fraction reads a decimal fraction of a second, in nanoseconds.
func (s *scanner) fraction() int {
	if !s.skip(".,") {
		return 0
	}
	before := len(*s)
	n, _ := s.digits(0, 9)
	for range 9 - (before - len(*s)) {
		n *= 10
	}
	for s.skip("0123456789") { // finer than can be told
	}
	return n
}

// halfDay turns an hour of twelve into one of 24, if the text says which half of the day is meant.
func (s *scanner) halfDay(hour int) int {
	half := strings.ToUpper(strings.TrimSpace(string(*s)))
	if (half != "AM" && half != "PM") || hour > 12 {
		return hour
	}
	*s = ""
	hour %= 12
	if half == "PM" {
		hour += 12
	}
	return hour
}

package settings

import "strings"

// Nearest returns the candidate that somebody who wrote the word most likely meant: one that
// differs by a slip or two of the fingers, or that begins as the word does. It is empty if there
// is none.
func Nearest(word string, candidates []string) string {
	if word == "" {
		return ""
	}
	word = strings.ToLower(word)
	best, least := "", len(word)/3+1
	if len(word) < 3 {
		least = 0
	}
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < least || d == least && best == "" && d < len(word) {
			best, least = c, d
		}
	}
	if least > 1 && len(word) > 2 { // --data is more like --data-dir than like --nats
		for _, c := range candidates {
			if strings.HasPrefix(c, word+"-") {
				return c
			}
		}
	}
	if best != "" {
		return best
	}
	for _, c := range candidates {
		if len(word) >= 3 && len(c) >= 3 && (strings.HasPrefix(c, word) || strings.HasPrefix(word, c)) {
			return c
		}
	}
	return ""
}

// distance is how many letters must be changed, added, left out or exchanged with their neighbour
// to make one word of the other (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			now[j+1] = min(last[j+1]+1, now[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, last = last, now
	}
	return last[len(b)]
}

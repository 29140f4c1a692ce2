package similar

import (
	"cmp"
	"slices"
)

// Member is what decides whether a photo of a group is kept.
type Member struct {
	// Sharpness is that of the photo's small image ([tagroll.Image]).
	Sharpness float64
	// Kept photos stay, however sharp others are: their work is done.
	Kept bool
}

// Surplus returns which members of a group are more than keep of a kind, by their positions in the
// group. Those that are kept count first, then the sharpest; of equals the earlier one is kept.
func Surplus(group []Member, keep int) []int {
	var rest []int
	for i, m := range group {
		if m.Kept {
			keep--
		} else {
			rest = append(rest, i)
		}
	}
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(group[b].Sharpness, group[a].Sharpness) })
	return rest[min(max(keep, 0), len(rest)):]
}

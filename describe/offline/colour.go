package offline

import "math"

// lab is a colour in OKLab (Björn Ottosson, "A perceptual color space for image
// processing", 2020), in which distances are about as large as they look. All
// three are whole numbers in units of 1/4096: l from black, 0, to white, 4096.
type lab struct{ l, a, b int }

// linear is the light of an sRGB value (IEC 61966-2-1) in units of 1/65536. A
// test makes sure that no entry is so near to a half that rounding could differ
// between processors.
var linear = func() (table [256]int64) {
	for i := range table {
		table[i] = int64(math.Round(exactLinear(i) * 65536))
	}
	return table
}()

func exactLinear(i int) float64 {
	v := float64(i) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// toLab converts sRGB. The matrices are Ottosson's in units of 1/2^20 and 1/2^16;
// the first needs more than 32 bits.
func toLab(red, green, blue uint8) lab {
	r, g, b := linear[red], linear[green], linear[blue]
	l := cubeRoot(432251*r + 562373*g + 53952*b)
	m := cubeRoot(222192*r + 713833*g + 112551*b)
	s := cubeRoot(92583*r + 295386*g + 660607*b)
	return lab{
		(13792*l + 52011*m - 267*s) >> 16,
		(129630*l - 159160*m + 29530*s) >> 16,
		(1698*l + 51300*m - 52998*s) >> 16,
	}
}

// cubeRoot is the whole part of the cube root of n, for n up to 2^39.
func cubeRoot(n int64) int {
	var root int64
	for bit := int64(1) << 12; bit > 0; bit >>= 1 {
		if try := root | bit; try*try*try <= n {
			root = try
		}
	}
	return int(root)
}

// chroma2 is the square of the chroma: of the distance from gray.
func (c lab) chroma2() int { return c.a*c.a + c.b*c.b }

// Thresholds of colour in units of lab. Below grayChroma eyes call a colour
// gray in the surroundings of a photo.
const (
	grayChroma  = 130
	blackBelow  = 1150
	whiteAbove  = 3450
	nearBlack   = 700 // too dark for its hue to be seen
	deepShadow  = 1000
	shadowPlays = 220 // chroma that a deep shadow needs to look coloured
)

// hue is a colour by its name.
type hue int

const (
	black hue = iota
	gray
	white
	red
	orange
	yellow
	green
	turquoise
	blue
	purple
	pink
	brown
	beige
	hues
)

var hueNames = [hues]string{
	"black", "gray", "white", "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "beige",
}

func (h hue) String() string { return hueNames[h] }

func (h hue) neutral() bool { return h <= white }
func (h hue) warm() bool    { return h == red || h == orange || h == yellow || h == brown || h == beige }
func (h hue) cool() bool    { return h == blue || h == turquoise }

// anchors are colours about whose name there is no doubt. A colour is called as its
// nearest anchor. They are closer together where names change quickly, and light
// and dark ones are listed where they go by the same name.
var anchors = func() (list []anchor) {
	for _, a := range []struct {
		hue hue
		rgb []uint32
	}{
		{red, []uint32{0xff0000, 0xc81e1e, 0x8b0000, 0xd43b3b, 0x5c0a0a, 0xa83232}},
		{orange, []uint32{0xff8000, 0xf08a24, 0xe06a1a, 0xffa94d, 0xd97a28, 0xc87820, 0xd08c3c}},
		{yellow, []uint32{0xffff00, 0xffd500, 0xe6c200, 0xfff27a, 0xc9a800, 0xd2a033, 0xc8a850}},
		{green, []uint32{0x00c000, 0x008000, 0x004d00, 0x7cb342, 0x4f7a28, 0x2d4a1e, 0x8fd18f, 0x2e8b57, 0x556b2f, 0x80ff00, 0x3f5a45, 0x9ab87a}},
		{turquoise, []uint32{0x00ced1, 0x40e0d0, 0x008b8b, 0x8fdcdc, 0x006066}},
		{blue, []uint32{0x0000ff, 0x1e5aa8, 0x00004d, 0x4a90d9, 0x87ceeb, 0x6b8fb5, 0x2c4a6e, 0x9fb8d4, 0x102a50, 0x4169e1}},
		{purple, []uint32{0x800080, 0x7030a0, 0x9b59b6, 0x4b0082, 0xb39ddb, 0x5a3d7a, 0xa020f0}},
		{pink, []uint32{0xff69b4, 0xffc0cb, 0xe91e8c, 0xf48fb1, 0xd88aa4}},
		{brown, []uint32{0x8b4513, 0x5c3a1e, 0x3d2412, 0x7b5b3f, 0x6b4a2b, 0x9c6b3c, 0x544030, 0x80684c}},
		{beige, []uint32{0xf5f5dc, 0xe8d9b8, 0xd2b48c, 0xc9b79c, 0xe6ccb0}},
	} {
		for _, c := range a.rgb {
			list = append(list, anchor{a.hue, toLab(uint8(c>>16), uint8(c>>8), uint8(c))})
		}
	}
	return list
}()

type anchor struct {
	hue hue
	lab lab
}

// name gives a colour its name.
func (c lab) name() hue {
	chroma2 := c.chroma2()
	if c.l < nearBlack || c.l < deepShadow && chroma2 < shadowPlays*shadowPlays {
		return black
	}
	if chroma2 < grayChroma*grayChroma {
		switch {
		case c.l < blackBelow:
			return black
		case c.l > whiteAbove:
			return white
		}
		return gray
	}
	best, nearest := gray, math.MaxInt
	for _, a := range anchors {
		dl, da, db := c.l-a.lab.l, c.a-a.lab.a, c.b-a.lab.b
		// Hue decides a name more than lightness does.
		if d := dl*dl/4 + 4*(da*da+db*db); d < nearest {
			best, nearest = a.hue, d
		}
	}
	return best
}

package export

import "testing"

func TestIsDeviceName(t *testing.T) {
	for name, want := range map[string]bool{
		"aux.csv": true, "CON": true, "nul.tar.gz": true, "Com1.csv": true, "lpt9": true, "COM².csv": true, "prn .csv": true,
		"con:x": true, "conout$": true,
		"auxiliary.csv": false, "COM0.csv": false, "COM10.csv": false, "com.csv": false, "x.con": false, "": false, "l": false, "tagroll.csv": false,
	} {
		if got := isDeviceName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

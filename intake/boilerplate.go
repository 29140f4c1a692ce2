package intake

import (
	"regexp"
	"slices"
	"strings"
)

// boilerplate are descriptions that cameras and programs write into every photo, in upper case and
// without dots at their end. Each was seen on photos of many people in public archives.
var boilerplate = []string{
	"SONY DSC", "DCIM", "SAMSUNG", "MINOLTA DIGITAL CAMERA", "EXIF_JPEG_PICTURE", "EXIF JPEG PICTURE", "EXIF_JPEG_422", "JPEG_PICTURE",
	"APPLEMARK", "LEAD TECHNOLOGIES INC. V1.01", "DEFAULT", "UNTITLED", "IMAGE DESCRIPTION", "IMAGEDESCRIPTION",
	// Huawei and Xiaomi write these.
	"COF", "PTR", "RHDR", "HDRPL", "OZNOR", "OZNORCO", "MDE", "DAV", "SDR", "NOR", "EDF", "BTF", "MTF", "BTR", "PTN", "CZS",
	"SCREENSHOT", "PICTURE", "PHOTO", "IMAGE", "CAMERA", "ASCII", "NO DESCRIPTION", "NONE", "NULL", "N/A",
	"DEFAULT DESCRIPTION", "DEFAULT TITLE", "DEFAULT CAPTION", "DESCRIPTION", "CAPTION", "TITLE", "EXIF IMAGE TITLE", "NO CAPTION", "NO TITLE",
	"MY BEAUTIFUL PICTURE", "DIGITAL STILL CAMERA", "DIGITAL STILLCAMERA", "DIGITALCAMERA", "ADOBE PHOTOSHOP", "PHOTOSHOP", "UNKNOWN",
	"TYPE YOUR CAPTION HERE", "TYPE CAPTION HERE", "INSERT CAPTION HERE", "ENTER CAPTION HERE", "WRITE A CAPTION", "ADD A DESCRIPTION", "ADD A CAPTION",
	"USER COMMENTS", "UNDEFINED", "TEST", "XXX", "JPEG", "JPG", "NIKON", "CANON", "OLYMPUS", "PENTAX", "KODAK", "PANASONIC", "CASIO", "FUJIFILM",
}

// boilerplateBegins are the beginnings of boilerplate that goes on with a version, a path or a
// model.
var boilerplateBegins = []string{
	"DCIM/", `DCIM\`, // DJI writes the file's path
	"<DIGIMAX", // Samsung
	"FILE WRITTEN BY ADOBE PHOTOSHOP", "CREATED BY ADOBE PHOTOSHOP", "CREATED WITH ADOBE PHOTOSHOP", "ADOBE PHOTOSHOP ", "JPEG ENCODER COPYRIGHT",
	"CREATOR: GD-JPEG", "CREATED WITH GIMP", "CREATED WITH THE GIMP", "LEAD TECHNOLOGIES INC", "INTEL(R) JPEG LIBRARY", "HANDMADE SOFTWARE, INC",
	"PROCESSED WITH VSCO", "PROCESSED WITH MOLDIV", "PROCESSED BY: HELICON", "OPTIMIZED BY JPEGMINI", "ACD SYSTEMS DIGITAL IMAGING",
	"KODAK DIGITAL STILL CAMERA", "SHOT WITH DXO",
}

// cameraName is the name that a camera or phone gives a file, with or without its ending: Windows
// and many programs write the name where there are no words.
var cameraName = regexp.MustCompile(`^_?(DSC[NF]?|DSC_|IMGP?|IMG_E|CIMG|MVIMG|PXL|MG|SAM|GOPR|DJI|PICT|HPIM|DCP|KIF|SSL|P[0-9A-C]|R0|L1|IMAGE|PHOTO|SCREENSHOT)?[ _-]?[0-9]{3,}([ _-]+(WA)?[0-9]+)*(\.[A-Z0-9]{2,4})?$`)

// isBoilerplate reports whether a title or caption is what a camera or program wrote, and no
// person.
func isBoilerplate(words string) bool {
	upper := strings.TrimRight(strings.ToUpper(words), ". !")
	if slices.Contains(boilerplate, upper) || strings.HasSuffix(upper, "DIGITAL CAMERA") {
		return true
	}
	for _, begin := range boilerplateBegins {
		if strings.HasPrefix(upper, begin) {
			return true
		}
	}
	return strings.Trim(upper, "?-_*.=+#~ 0") == "" || len(upper) > 4 && cameraName.MatchString(upper)
}

package web

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
)

// A card with RAW files and their JPEGs is described once a photo: one row in the CSV, and a
// sidecar for each file in the archive.
func TestRAWAndJPEGAreOnePhoto(t *testing.T) {
	s := newSite(t)
	b := s.created(s.send("/api/v1/batches", photos("IMG_1.CR2", "IMG_1.JPG", "IMG_2.JPG", "IMG_2.CR2", "IMG_3.CR2", "IMG_1-2.JPG")))
	b = s.ended(b.ID)
	var got []string
	for _, p := range *b.Photos {
		got = append(got, p.Filename+" "+strings.Join(p.Partners, ","))
	}
	if want := []string{"IMG_1.JPG IMG_1.CR2", "IMG_2.JPG IMG_2.CR2", "IMG_3.CR2 ", "IMG_1-2.JPG "}; !slices.Equal(got, want) {
		t.Errorf("the photos are %q", got)
	}
	if b.Progress.Total != 4 || b.Calls != 4 {
		t.Errorf("%d photos and %d calls", b.Progress.Total, b.Calls)
	}
	csv := string(s.get("/api/v1/batches/" + b.ID + "/export/adobe-stock").body)
	if strings.Count(csv, "\n") != 5 || strings.Contains(csv, "\nIMG_1.CR2,") || !strings.Contains(csv, "\nIMG_1.JPG,") {
		t.Errorf("the CSV is %s", csv)
	}
	archive := s.get("/api/v1/batches/" + b.ID + "/export/xmp").body
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, f := range z.File {
		got = append(got, f.Name)
	}
	slices.Sort(got)
	if want := []string{"IMG_1-2.xmp", "IMG_1.JPG.xmp", "IMG_1.xmp", "IMG_2.JPG.xmp", "IMG_2.xmp", "IMG_3.xmp"}; !slices.Equal(got, want) {
		t.Errorf("the archive holds %q", got)
	}
}

// The JPEG of a RAW file that was described before costs nothing, and gives the row its name.
func TestJPEGAfterItsRAWFile(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	var first, second addedView
	s.send("/api/v1/batches/"+b.ID+"/photos", append([]part{{"id", "", "the-raw-file"}}, photos("IMG_1.CR2")...)).into(t, &first)
	s.until(b.ID, func(b batchView) bool { return b.Progress.Successful == 1 })
	s.send("/api/v1/batches/"+b.ID+"/photos", append([]part{{"id", "", "the-jpeg"}}, photos("IMG_1.JPG")...)).into(t, &second)
	if len(first.Photos) != 1 || len(second.Photos) != 1 || second.Photos[0].ID != "the-raw-file" || second.Photos[0].Filename != "IMG_1.JPG" {
		t.Fatalf("got %+v, %+v", first, second)
	}
	b = s.batch(b.ID)
	if b.Progress.Total != 1 || b.Calls != 1 {
		t.Errorf("%d photos and %d calls", b.Progress.Total, b.Calls)
	}
	csv := string(s.get("/api/v1/batches/" + b.ID + "/export/adobe-stock?partial=true").body)
	if !strings.Contains(csv, "\nIMG_1.JPG,Title of IMG_1.CR2,") {
		t.Errorf("the CSV is %s", csv)
	}
}

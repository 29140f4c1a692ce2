package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tagroll/tagroll/intake"
)

// A folder and a file that does not exist: the photos, and what could not be had.
func ExampleFind() {
	found, err := intake.Find(context.Background(), []string{"testdata/orientation-*.jpg", "holiday.jpg"}, os.Stdin)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, photo := range found.Photos[:2] {
		fmt.Println(filepath.ToSlash(photo.Path))
	}
	for _, problem := range found.Problems {
		fmt.Println(problem.Code, "-", problem)
	}
	// Output:
	// testdata/orientation-1.jpg
	// testdata/orientation-2.jpg
	// not_found - holiday.jpg: there is no such file or folder: check the spelling
}

// A folder with a RAW file and its JPEG, and the JPEG that shows a vector graphic: two photos.
func ExampleFound_Pair() {
	found, err := intake.Find(context.Background(), []string{"../internal/rawtest/testdata/pairs"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	found.Pair()
	for _, photo := range found.Photos {
		fmt.Println(filepath.ToSlash(photo.Path), "is", photo.Name, "with", photo.Partners)
	}
	// Output:
	// ../internal/rawtest/testdata/pairs/DSC_1.jpg is DSC_1.jpg with [DSC_1.nef]
	// ../internal/rawtest/testdata/pairs/logo.jpg is logo.eps with [logo.eps]
}

// The JPEG within a RAW file. A photo of another kind has none, and is read as it is.
func ExamplePreview() {
	ctx := context.Background()
	found, err := intake.Find(ctx, []string{"testdata/camera.jpg", "../internal/rawtest/testdata/pairs/DSC_1.nef"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, photo := range found.Photos {
		jpeg, facts, err := intake.Preview(ctx, photo, nil, intake.Limits{})
		fmt.Println(photo.Name, jpeg != nil, facts.Format, facts.Camera, err)
	}
	// Output:
	// camera.jpg false   <nil>
	// DSC_1.nef true raw NIKON Z 8 <nil>
}

func ExampleRead() {
	ctx := context.Background()
	found, err := intake.Find(ctx, []string{"testdata/camera.jpg"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := intake.Read(ctx, found.Photos[0], intake.Limits{MaxBytes: 10 << 20})
	fmt.Println(len(data) > 0, err)
	_, err = intake.Read(ctx, found.Photos[0], intake.Limits{MaxBytes: 1000})
	fmt.Println(err)
	// Output:
	// true <nil>
	// the file is larger than 1000 bytes: export it smaller, or raise the size limit
}

// An upload whose size is not known.
func ExampleReadFrom() {
	upload := bytes.NewReader([]byte("the bytes of a photo"))
	data, err := intake.ReadFrom(context.Background(), upload, -1, intake.Limits{})
	fmt.Println(len(data), err)
	// Output: 20 <nil>
}

func ExampleInspect() {
	data, err := os.ReadFile("testdata/camera.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	facts, err := intake.Inspect(data, intake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %d x %d, orientation %d\n", facts.Format, facts.Width, facts.Height, facts.Orientation)
	fmt.Printf("%s, %gmm, f/%g, %s\n", facts.Camera, facts.FocalLength, facts.FNumber, facts.Taken)

	_, err = intake.Inspect([]byte("%PDF-1.7"), intake.Limits{})
	fmt.Println(err)
	// Output:
	// jpeg, 24 x 16, orientation 6
	// SONY ILCE-7M3, 55mm, f/2.8, 2024-05-06 07:08:09.05 +0900 +0900
	// this is a PDF, which is not read: export it as a JPEG
}

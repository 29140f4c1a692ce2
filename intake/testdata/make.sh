#!/bin/sh
# Makes the tagged photos of the tests from base.*. Needs exiftool; the tests do not.
# Run it in this folder: sh make.sh
set -eu
for file in *.jpg *.png *.webp *.tif; do
	case $file in base.*) ;; *) rm -f "$file" ;; esac
done

# tag NAME.KIND ARGUMENTS... makes a photo and tags it.
tag() {
	file=$1
	shift
	cp "base.${file##*.}" "$file"
	exiftool -q -q -overwrite_original -charset iptc=UTF8 "$@" "$file"
}

for n in 1 2 3 4 5 6 7 8; do
	tag "orientation-$n.jpg" -n "-IFD0:Orientation=$n"
done

# What a camera writes.
camera="-IFD0:Make=SONY -IFD0:Model=ILCE-7M3 -IFD0:Orientation#=6 -ExifIFD:ExposureTime=1/250 -ExifIFD:FNumber=2.8
-ExifIFD:ISO=400 -ExifIFD:FocalLength=55 -ExifIFD:FocalLengthIn35mmFormat=83 -ExifIFD:SubjectDistance=3.5
-ExifIFD:Flash#=25 -ExifIFD:DateTimeOriginal=2024:05:06T07:08:09 -ExifIFD:SubSecTimeOriginal=05
-ExifIFD:OffsetTimeOriginal=+09:00 -GPS:GPSLatitude=35.6586 -GPS:GPSLatitudeRef=N
-GPS:GPSLongitude=139.7454 -GPS:GPSLongitudeRef=E"
for kind in jpg png webp tif; do
	tag "camera.$kind" $camera "-ExifIFD:LensModel=FE 55mm F1.8 ZA"
done
tag little-endian.jpg -ExifByteOrder=II $camera "-ExifIFD:LensModel=FE 55mm F1.8 ZA"

# What a person writes, in one place each, and in several that disagree.
words="-XMP-dc:Title=Skógafoss -XMP-dc:Description=A_waterfall_in_Iceland -XMP-dc:Subject=waterfall -XMP-dc:Subject=Iceland
-XMP-dc:Subject=long_exposure -XMP-iptcCore:Location=Skógar -XMP-photoshop:City=Rangárþing
-XMP-photoshop:State=Suðurland -XMP-photoshop:Country=Iceland"
for kind in jpg png webp tif; do
	tag "xmp.$kind" $words
done
tag xmp-languages.jpg -XMP-dc:Title-de=Hafen -XMP-dc:Title=Harbour -XMP-dc:Title-fr=Port
iptc="-IPTC:ObjectName=Café_Zürich -IPTC:Caption-Abstract=Kaffee_am_See -IPTC:Keywords=Café -IPTC:Keywords=Zürich
-IPTC:Sub-location=Niederdorf -IPTC:City=Zürich -IPTC:Province-State=ZH -IPTC:Country-PrimaryLocationName=Schweiz
-IPTC:DateCreated=2023:02:03 -IPTC:TimeCreated=04:05:06+01:00"
tag iptc-utf8.jpg -codedcharacterset=utf8 $iptc
tag iptc-latin1.jpg -charset iptc=Latin1 $iptc
tag iptc-undeclared-utf8.jpg $iptc
tag iptc.png -codedcharacterset=utf8 $iptc
tag iptc.tif -codedcharacterset=utf8 $iptc
tag iptc-headline.jpg -IPTC:Headline=Headline_only
tag disagree.jpg -XMP-dc:Title=From_XMP -IPTC:ObjectName=From_IPTC -IPTC:Caption-Abstract=Caption_from_IPTC \
	-IFD0:ImageDescription=Caption_from_EXIF -IPTC:Keywords=iptc -XMP-photoshop:City=Oslo -IPTC:City=Bergen
tag windows.jpg -IFD0:XPTitle=Grüße -IFD0:XPComment=Aus_Köln "-IFD0:XPKeywords=dom;rhein;köln"
tag description.jpg "-IFD0:ImageDescription=The harbour at dawn"
tag boilerplate.jpg "-IFD0:ImageDescription=OLYMPUS DIGITAL CAMERA" "-XMP-dc:Description=OLYMPUS DIGITAL CAMERA" \
	"-IFD0:Make=OLYMPUS CORPORATION" "-IFD0:Model=E-M1"

# Places on all four quarters of the earth, and what a receiver without a fix writes.
tag south-west.jpg -GPS:GPSLatitude=33.4489 -GPS:GPSLatitudeRef=S -GPS:GPSLongitude=70.6693 -GPS:GPSLongitudeRef=W
tag south-east.jpg -GPS:GPSLatitude=33.8568 -GPS:GPSLatitudeRef=S -GPS:GPSLongitude=151.2153 -GPS:GPSLongitudeRef=E
tag north-west.jpg -GPS:GPSLatitude=40.6892 -GPS:GPSLatitudeRef=N -GPS:GPSLongitude=74.0445 -GPS:GPSLongitudeRef=W
tag no-fix.jpg -GPS:GPSLatitude=0 -GPS:GPSLatitudeRef=N -GPS:GPSLongitude=0 -GPS:GPSLongitudeRef=E
tag no-hemisphere.jpg -GPS:GPSLatitude=40.6892 -GPS:GPSLongitude=74.0445
tag gps.jpg -XMP-exif:GPSLatitude=-33.4489 -XMP-exif:GPSLongitude=-70.6693 "-XMP-exif:DateTimeOriginal=2022:01:02 03:04:05-03:00" \
	-XMP-tiff:Make=NIKON\ CORPORATION "-XMP-tiff:Model=NIKON D90" -XMP-aux:Lens=50.0\ mm\ f/1.4
mv gps.jpg xmp-camera.jpg

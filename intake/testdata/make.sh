#!/bin/sh
# Makes the tagged photos of the tests from base.*. Needs exiftool; the tests do not.
# Run it in this folder: sh make.sh
set -eu
for file in *.jpg *.png *.webp *.tif *.avif *.heic; do
	case $file in base.*) ;; *) rm -f "$file" ;; esac
done

# tag NAME.KIND [OPTION...] makes a photo and gives it the tags on standard input, one a line.
tag() {
	file=$1
	shift
	cp "base.${file##*.}" "$file"
	exiftool -q -q -overwrite_original -charset iptc=UTF8 "$@" -@ - "$file"
}

for n in 1 2 3 4 5 6 7 8; do
	echo "-IFD0:Orientation#=$n" | tag "orientation-$n.jpg"
done

# What a camera writes.
camera='-IFD0:Make=SONY
-IFD0:Model=ILCE-7M3
-IFD0:Orientation#=6
-ExifIFD:ExposureTime=1/250
-ExifIFD:FNumber=2.8
-ExifIFD:ISO=400
-ExifIFD:FocalLength=55
-ExifIFD:FocalLengthIn35mmFormat=83
-ExifIFD:LensModel=FE 55mm F1.8 ZA
-ExifIFD:SubjectDistance=3.5
-ExifIFD:Flash#=25
-ExifIFD:DateTimeOriginal=2024:05:06 07:08:09
-ExifIFD:SubSecTimeOriginal=05
-ExifIFD:OffsetTimeOriginal=+09:00
-GPS:GPSLatitude=35.6586
-GPS:GPSLatitudeRef=N
-GPS:GPSLongitude=139.7454
-GPS:GPSLongitudeRef=E'
for kind in jpg png webp tif avif heic; do
	echo "$camera" | tag "camera.$kind"
done
echo "$camera" | tag little-endian.jpg -ExifByteOrder=II
tag xmp-camera.jpg <<END
-XMP-exif:GPSLatitude=-33.4489
-XMP-exif:GPSLongitude=-70.6693
-XMP-exif:DateTimeOriginal=2022:01:02 03:04:05-03:00
-XMP-exif:FNumber=1.4
-XMP-exif:ExposureTime=1/60
-XMP-exif:ISO=1600
-XMP-exif:FocalLength=50
-XMP-tiff:Make=NIKON CORPORATION
-XMP-tiff:Model=NIKON D90
-XMP-aux:Lens=50.0 mm f/1.4
END

# What a person writes: in one place each, and in several that disagree.
words='-XMP-dc:Title=Skógafoss
-XMP-dc:Description=A waterfall in Iceland
-XMP-dc:Subject=waterfall
-XMP-dc:Subject=Iceland
-XMP-dc:Subject=long exposure
-XMP-iptcCore:Location=Skógar
-XMP-photoshop:City=Rangárþing
-XMP-photoshop:State=Suðurland
-XMP-photoshop:Country=Iceland'
for kind in jpg png webp tif avif heic; do
	echo "$words" | tag "xmp.$kind"
done
tag xmp-languages.jpg <<END
-XMP-dc:Title-de=Hafen
-XMP-dc:Title=Harbour
-XMP-dc:Title-fr=Port
END
iptc='-IPTC:ObjectName=Café Zürich
-IPTC:Caption-Abstract=Kaffee am See
-IPTC:Keywords=Café
-IPTC:Keywords=Zürich
-IPTC:Sub-location=Niederdorf
-IPTC:City=Zürich
-IPTC:Province-State=ZH
-IPTC:Country-PrimaryLocationName=Schweiz
-IPTC:DateCreated=2023:02:03
-IPTC:TimeCreated=04:05:06+01:00'
echo "$iptc" | tag iptc-utf8.jpg -codedcharacterset=utf8
echo "$iptc" | tag iptc-latin1.jpg -charset iptc=Latin1
echo "$iptc" | tag iptc-undeclared-utf8.jpg
echo "$iptc" | tag iptc.png -codedcharacterset=utf8
echo "$iptc" | tag iptc.tif -codedcharacterset=utf8
echo '-IPTC:Headline=Headline only' | tag iptc-headline.jpg
tag disagree.jpg <<END
-XMP-dc:Title=From XMP
-IPTC:ObjectName=From IPTC
-IPTC:Caption-Abstract=Caption from IPTC
-IFD0:ImageDescription=Caption from EXIF
-IPTC:Keywords=iptc
-XMP-photoshop:City=Oslo
-IPTC:City=Bergen
END
tag windows.jpg <<END
-IFD0:XPTitle=Grüße
-IFD0:XPComment=Aus Köln
-IFD0:XPKeywords=dom;rhein;köln
END
echo '-IFD0:ImageDescription=The harbour at dawn' | tag description.jpg
tag boilerplate.jpg <<END
-IFD0:ImageDescription=OLYMPUS DIGITAL CAMERA
-XMP-dc:Description=OLYMPUS DIGITAL CAMERA
-IFD0:Make=OLYMPUS CORPORATION
-IFD0:Model=E-M1
END

# place NAME LATITUDE REFERENCE LONGITUDE REFERENCE
place() {
	tag "$1" <<END
-GPS:GPSLatitude=$2
-GPS:GPSLatitudeRef=$3
-GPS:GPSLongitude=$4
-GPS:GPSLongitudeRef=$5
END
}
place south-west.jpg 33.4489 S 70.6693 W
place south-east.jpg 33.8568 S 151.2153 E
place north-west.jpg 40.6892 N 74.0445 W
place no-fix.jpg 0 N 0 E
place no-hemisphere.jpg 40.6892 '' 74.0445 ''

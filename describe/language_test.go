package describe

import (
	"os"
	"strings"
	"testing"
)

func TestNotEnglish(t *testing.T) {
	for _, title := range []string{
		"Rotes Haus mit Garten im Herbst", "Ein Hund und eine Katze auf dem Sofa", "Une femme avec un chien dans la rue",
		"Una mujer con su perro junto al mar", "Um gato numa janela com flores, ao sol",
		"Una donna con un cane nel parco", "Een hond met een bal bij het water",
	} {
		if !isNotEnglish(title) {
			t.Errorf("%q passes for English", title)
		}
	}
	for _, title := range []string{
		"MIT and UN flags", "Skyline of Frankfurt am Main im Winter und Sommer",
		"Boulogne-sur-Mer", "Unter den Linden, Berlin", "Plaza de las Flores en Sevilla", "Ein Gedi oasis", "Big Sur coast",
		"Castillo de San Felipe del Morro", "Con una flor, a song", "Red house in autumn", "",
	} {
		if isNotEnglish(title) {
			t.Errorf("%q is called foreign", title)
		}
	}
	// Titles that package wording is held against: all of them are English.
	text, err := os.ReadFile("../wording/testdata/titles.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		title, _, _ := strings.Cut(strings.TrimSpace(line), "|")
		if isNotEnglish(title) {
			t.Errorf("%q is called foreign", title)
		}
	}
}

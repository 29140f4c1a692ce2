package settings

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is where a setting's value goes. The functions of this file make one.
type Value interface {
	// Set reads a value. Its error says what was wanted.
	Set(text string) error
	// Texts are the values that are in force; more than one for a list only.
	Texts() []string

	split(text string) []string // the values that Set finds in a text
	isSwitch() bool
}

// kind is the part of a Value that most have in common.
type kind struct{}

func (kind) split(text string) []string { return []string{text} }
func (kind) isSwitch() bool             { return false }

// texts are the values of a setting that has one; an empty text is none.
func texts(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

type textValue struct {
	kind
	to *string
}

// Text is any text.
//
//go:noinline
func Text(to *string, value string) Value {
	*to = value
	return textValue{to: to}
}

func (v textValue) Set(text string) error { *v.to = text; return nil }
func (v textValue) Texts() []string       { return texts(*v.to) }

type switchValue struct {
	kind
	to *bool
}

// Switch is on or off. It is off unless set.
//
//go:noinline
func Switch(to *bool) Value {
	*to = false
	return switchValue{to: to}
}

func (v switchValue) isSwitch() bool  { return true }
func (v switchValue) Texts() []string { return []string{strconv.FormatBool(*v.to)} }
func (v switchValue) Set(text string) (err error) {
	if *v.to, err = strconv.ParseBool(text); err != nil {
		return errors.New("write true or false")
	}
	return nil
}

type numberValue[T int | int64] struct {
	kind
	to    *T
	least T
}

// Number is a whole number from least to 2,147,483,647.
func Number[T int | int64](to *T, value, least T) Value {
	*to = value
	return numberValue[T]{to: to, least: least}
}

func (v numberValue[T]) Texts() []string { return []string{fmt.Sprint(*v.to)} }
func (v numberValue[T]) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < int64(v.least) || n > math.MaxInt32 {
		return fmt.Errorf("give a whole number, %d or more", v.least)
	}
	*v.to = T(n)
	return nil
}

type durationValue struct {
	kind
	to *time.Duration
}

// Duration is a time above zero with its unit, such as 30s or 1h30m.
func Duration(to *time.Duration, value time.Duration) Value {
	*to = value
	return durationValue{to: to}
}

func (v durationValue) Texts() []string { return []string{DurationText(*v.to)} }
func (v durationValue) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("give a time above zero with its unit, such as 45s, 2m or 1h")
	}
	*v.to = d
	return nil
}

// DurationText writes a duration without zeros at its end: 1h instead of 1h0m0s.
func DurationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// listValue is several texts. The first value that is set replaces the default.
type listValue struct {
	to     *[]string
	commas bool
	given  *bool
}

// List is several texts, given by several flags, with commas, or as an array.
func List(to *[]string, values ...string) Value {
	*to = values
	return listValue{to, true, new(bool)}
}

// Repeated is several texts that may hold commas, given by several flags or as an array.
func Repeated(to *[]string) Value {
	*to = nil
	return listValue{to, false, new(bool)}
}

func (v listValue) isSwitch() bool  { return false }
func (v listValue) Texts() []string { return *v.to }
func (v listValue) split(text string) []string {
	if !v.commas {
		return []string{text}
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func (v listValue) Set(text string) error {
	if !*v.given {
		*v.to, *v.given = nil, true
	}
	*v.to = append(*v.to, v.split(text)...)
	return nil
}

type funcValue struct {
	kind
	text *string
	set  func(string) error
}

// Func is a value in a form of its own, which set reads. The default is set at once; a default
// that is refused is a mistake of the program and panics.
//
//go:noinline
func Func(value string, set func(string) error) Value {
	if value != "" {
		if err := set(value); err != nil {
			panic(err)
		}
	}
	return funcValue{text: &value, set: set}
}

func (v funcValue) Texts() []string { return texts(*v.text) }
func (v funcValue) Set(text string) error {
	if err := v.set(text); err != nil {
		return err
	}
	*v.text = text
	return nil
}

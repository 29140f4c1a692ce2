package tagroll_test

import (
	"reflect"
	"testing"

	"github.com/tagroll/tagroll"
)

// Answers to two briefs never share a cached or journalled result: each option makes another
// version. The options are found by reflection, so that a new one is among them.
func TestBriefVersion(t *testing.T) {
	versions := map[string]string{"": "no option"}
	note := func(option string, b tagroll.Brief) {
		version := b.Version()
		if option == "Others" {
			if version != "" {
				t.Error("the titles of other photos, which are not asked for, make another version")
			}
			return
		}
		if other, there := versions[version]; there {
			t.Errorf("%s has the version of %s", option, other)
		}
		versions[version] = option
	}
	var set func(name string, b *tagroll.Brief, field reflect.Value)
	set = func(name string, b *tagroll.Brief, field reflect.Value) {
		switch field.Kind() {
		case reflect.Struct:
			for i := range field.NumField() {
				set(name+"."+field.Type().Field(i).Name, b, field.Field(i))
			}
			return
		case reflect.String:
			field.SetString("German")
		case reflect.Int:
			field.SetInt(7)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"title"}))
		case reflect.Map:
			field.Set(reflect.ValueOf(map[string]tagroll.Existing{"title": tagroll.ExistingKeep}))
		default:
			t.Fatalf("%s is a %s: say how to fill it", name, field.Kind())
		}
		note(name, *b)
		field.SetZero()
	}
	b := new(tagroll.Brief)
	fields := reflect.ValueOf(b).Elem()
	for i := range fields.NumField() {
		set(fields.Type().Field(i).Name, b, fields.Field(i))
	}
	for _, policy := range []tagroll.Existing{tagroll.ExistingMerge, tagroll.ExistingReplace, tagroll.ExistingSkip} {
		note("Existing title "+string(policy), tagroll.Brief{Existing: map[string]tagroll.Existing{"title": policy}})
	}
	note("Existing keywords", tagroll.Brief{Existing: map[string]tagroll.Existing{"keywords": tagroll.ExistingKeep}})
	if len(versions) < 18 {
		t.Errorf("only %d options were tried", len(versions)-1)
	}
}

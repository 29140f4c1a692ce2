package settings_test

import (
	"fmt"

	"github.com/tagroll/tagroll/settings"
)

// A setting is declared once; flag, environment, help and validation follow.
func Example() {
	var number int
	set := settings.NewSet("run")
	set.Add(settings.Setting{
		Name: "retries", Short: "r", Group: "How long", Arg: "N", Value: settings.Number(&number, 1, 0),
		Help: "how often a failed call is repeated",
	})
	fmt.Println(set.Help())

	paths, err := set.Args([]string{"shoot/", "--retries", "3"})
	fmt.Println(paths, number, err)
	_, err = set.Args([]string{"--retires", "3"})
	fmt.Println(err)
	// Output:
	// How long
	//   -r, --retries N       how often a failed call is repeated (1)
	// [shoot/] 3 <nil>
	// unknown flag: --retires; did you mean --retries?
}

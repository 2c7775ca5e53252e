package agents

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// The types of arguments. Their JSON Schemas stand in argumentTypes; what a schema cannot say is checked here.
type (
	recordID      string // of a record that is known, see Turn.refer
	title         string // one line
	plainText     string // plain text
	markdown      string // a note
	taskStatus    string
	taskPriority  string
	taskOrder     string
	projectStatus string
	millis        int64 // milliseconds since 1970; in updates -1 leaves it unchanged and 0 takes it away
	flag          int   // 1 or true, 0 or false; in updates -1 leaves it unchanged
)

// unchanged is what models write where an optional number stays as it is.
const unchanged = -1

const (
	earliest millis = 100_000_000_000     // March 1973: anything smaller is a time in seconds
	latest   millis = 253_402_300_799_999 // the end of the year 9999
)

// check refuses times in another unit.
func (m millis) check() error {
	if m > 0 && m < earliest {
		return fmt.Errorf("%d is not a time in milliseconds since 1970: it looks like seconds", m)
	}
	return nil
}

// UnmarshalJSON reads booleans and numbers alike: models use both.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*f = 1
	case "false":
		*f = 0
	default:
		n, err := strconv.Atoi(string(b))
		if err != nil {
			return err
		}
		*f = flag(n)
	}
	return nil
}

// assignees is a JSON list of names, written as a string: the form in which the client keeps it.
type assignees string

func (a assignees) check() error {
	var names []string
	if a != "" && json.Unmarshal([]byte(a), &names) != nil {
		return errors.New(`assignees must be a JSON list of names in a string, such as "[\"Dana\"]"`)
	}
	return nil
}

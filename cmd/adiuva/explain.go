package main

import (
	"errors"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// explain turns a failure into a line for a person at a terminal: its message, and each value that is not allowed.
func explain(err error) error {
	f := fault.From(err)
	var line strings.Builder
	line.WriteString(f.Message)
	for _, field := range f.Fields {
		line.WriteString(" " + field.Location + " " + field.Message + ".")
	}
	if f.Code == fault.Internal || f.Code == fault.Unavailable {
		return err // the operator may see the cause
	}
	return errors.New(line.String())
}

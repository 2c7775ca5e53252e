package storage

import (
	"cmp"
	"time"

	"github.com/adiuva/cloud/domain/record"
)

// Lifetimes are how long unused objects are left alone. The zero value of each means the domain's own.
type Lifetimes struct {
	Intent time.Duration // a write that has not finished by then never will; record.IntentLifetime
	Grace  time.Duration // replaced and deleted bytes stay for downloads that are under way; record.ReaderGrace
}

func (l Lifetimes) intent() time.Duration { return cmp.Or(l.Intent, record.IntentLifetime) }

func (l Lifetimes) grace() time.Duration { return cmp.Or(l.Grace, record.ReaderGrace) }

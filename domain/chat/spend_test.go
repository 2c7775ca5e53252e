package chat

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestADayIsThatOfUTC(t *testing.T) {
	t.Parallel()
	west := time.FixedZone("west", -5*60*60)
	assert.Equal(t, "2026-03-01", DayOf(time.Date(2026, time.February, 28, 19, 0, 0, 0, west)))
	assert.Equal(t, "2026-02-28", DayOf(time.Date(2026, time.February, 28, 18, 59, 59, 0, west)))
}

func TestTheNameOfAModelIsKeptAsShortPrintableText(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"gpt-4o": "gpt-4o", "": "", "org/Modell ü:7b": "org/Modell ü:7b", "a\x00b\nc\xffd\u202ee": "abcde",
		strings.Repeat("x", MaxModelBytes+1):     strings.Repeat("x", MaxModelBytes),
		"y" + strings.Repeat("ü", MaxModelBytes): "y" + strings.Repeat("ü", (MaxModelBytes-1)/2),
	} {
		assert.Equal(t, want, ModelName(given))
	}
	rapid.Check(t, func(t *rapid.T) {
		name := ModelName(rapid.OneOf(rapid.String(), rapid.StringN(0, -1, 400)).Draw(t, "name"))
		assert.LessOrEqual(t, len(name), MaxModelBytes)
		assert.True(t, utf8.ValidString(name))
		assert.Equal(t, name, ModelName(name), "a name that is kept is its own")
	})
}

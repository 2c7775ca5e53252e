package offlinellm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// due is the date that a new task gets by a message, and the title that is left.
func due(t *testing.T, now time.Time, message string) (when, title string) {
	t.Helper()
	ins := parse("add a task to "+message, &world{now: now})
	require.Len(t, ins, 1, message)
	if ins[0].due == nil {
		return "", ins[0].title
	}
	return ins[0].due.at.Format("2006-01-02 15:04"), ins[0].title
}

func TestDatesAreReadAndTheRestIsTheTitle(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 13, 10, 0, 0, 0, zone(t, "Europe/Rome")) // a Wednesday
	for _, c := range [][3]string{
		{"x tomorrow", "2026-05-14 17:00", "x"},
		{"x today", "2026-05-13 17:00", "x"},
		{"x tonight", "2026-05-13 20:00", "x"},
		{"x tonight at 8", "2026-05-13 20:00", "x"},
		{"x tomorrow 3pm", "2026-05-14 15:00", "x"},
		{"x tomorrow at 3 p.m.", "2026-05-14 15:00", "x"},
		{"x at 3pm tomorrow", "2026-05-14 15:00", "x"},
		{"x tomorrow at 9", "2026-05-14 09:00", "x"},
		{"x tomorrow at 5", "2026-05-14 17:00", "x"},
		{"x tomorrow morning", "2026-05-14 09:00", "x"},
		{"x tomorrow morning at 8", "2026-05-14 08:00", "x"},
		{"x tomorrow evening at 7", "2026-05-14 19:00", "x"},
		{"x tomorrow at noon", "2026-05-14 12:00", "x"},
		{"x by tomorrow", "2026-05-14 17:00", "x"},
		{"x the day after tomorrow", "2026-05-15 17:00", "x"},
		{"x tommorow", "2026-05-14 17:00", "x"},
		{"x this afternoon", "2026-05-13 15:00", "x"},
		{"x this morning", "2026-05-13 23:59", "x"},
		{"x at 9am", "2026-05-14 09:00", "x"},
		{"x at 4pm", "2026-05-13 16:00", "x"},
		{"x at noon", "2026-05-13 12:00", "x"},
		{"x today at 9am", "2026-05-13 09:00", "x"},
		{"x monday", "2026-05-18 17:00", "x"},
		{"x monday 9am", "2026-05-18 09:00", "x"},
		{"x on Monday", "2026-05-18 17:00", "x"},
		{"x wednesday", "2026-05-20 17:00", "x"},
		{"x this wednesday", "2026-05-13 17:00", "x"},
		{"x next friday", "2026-05-15 17:00", "x"},
		{"x next wednesday", "2026-05-20 17:00", "x"},
		{"x on wensday", "2026-05-20 17:00", "x"},
		{"x on wednsday", "2026-05-20 17:00", "x"},
		{"x friday next week", "2026-05-22 17:00", "x"},
		{"x on fri", "2026-05-15 17:00", "x"},
		{"x by Sat", "2026-05-16 17:00", "x"},
		{"x friday evening", "2026-05-15 19:00", "x"},
		{"x in two days", "2026-05-15 17:00", "x"},
		{"x in 2 weeks", "2026-05-27 17:00", "x"},
		{"x in a week", "2026-05-20 17:00", "x"},
		{"x in a couple of days", "2026-05-15 17:00", "x"},
		{"x in twenty one days", "2026-06-03 17:00", "x"},
		{"x in a month", "2026-06-13 17:00", "x"},
		{"x within 10 days", "2026-05-23 17:00", "x"},
		{"x in 3 business days", "2026-05-18 17:00", "x"},
		{"x two weeks from now", "2026-05-27 17:00", "x"},
		{"x a week from friday", "2026-05-22 17:00", "x"},
		{"x three days from tomorrow", "2026-05-17 17:00", "x"},
		{"x in two days at 3pm", "2026-05-15 15:00", "x"},
		{"x in an hour", "2026-05-13 11:00", "x"},
		{"x in half an hour", "2026-05-13 10:30", "x"},
		{"x in 90 minutes", "2026-05-13 11:30", "x"},
		{"x in a fortnight", "2026-05-27 17:00", "x"},
		{"x next week", "2026-05-18 17:00", "x"},
		{"x next month", "2026-06-01 17:00", "x"},
		{"x by the end of the week", "2026-05-15 17:00", "x"},
		{"x by end of week", "2026-05-15 17:00", "x"},
		{"x by the end of the month", "2026-05-31 17:00", "x"},
		{"x by eod", "2026-05-13 17:00", "x"},
		{"x by end of year", "2026-12-31 17:00", "x"},
		{"x this weekend", "2026-05-16 17:00", "x"},
		{"x on the weekend", "2026-05-16 17:00", "x"},
		{"x by the end of June", "2026-06-30 17:00", "x"},
		{"x by end of February", "2027-02-28 17:00", "x"},
		{"x on 2026-06-01", "2026-06-01 17:00", "x"},
		{"x 2026-06-01 09:00", "2026-06-01 09:00", "x"},
		{"x on 2026-06-01 at 14:30", "2026-06-01 14:30", "x"},
		{"x 2026-06-01T08:15", "2026-06-01 08:15", "x"},
		{"x on 15/06/2026", "2026-06-15 17:00", "x"},
		{"x on 06/15/2026", "2026-06-15 17:00", "x"},
		{"x on 15.06.2026", "2026-06-15 17:00", "x"},
		{"x by 15/6", "2026-06-15 17:00", "x"},
		{"x on 1 March 2027", "2027-03-01 17:00", "x"},
		{"x on March 1, 2027", "2027-03-01 17:00", "x"},
		{"x on March 1st", "2027-03-01 17:00", "x"},
		{"x on the 1st of June", "2026-06-01 17:00", "x"},
		{"x Jun 5 at 9am", "2026-06-05 09:00", "x"},
		{"x on the 20th", "2026-05-20 17:00", "x"},
		{"x on the 10th", "2026-06-10 17:00", "x"},
		{"x on 29 February", "2028-02-29 17:00", "x"},
		{"x half past two tomorrow", "2026-05-14 14:30", "x"},
		{"x tomorrow at quarter to five", "2026-05-14 16:45", "x"},
		{"x due friday", "2026-05-15 17:00", "x"},
		{"x, due by friday", "2026-05-15 17:00", "x"},
		{"x with a deadline of friday", "2026-05-15 17:00", "x"},
		{"x due date: 2026-06-01", "2026-06-01 17:00", "x"},
		{"x no later than friday", "2026-05-15 17:00", "x"},
		{"x tomorrow about y at 3pm", "2026-05-14 15:00", "x about y"},
		{"call Bob tomorrow to discuss y", "2026-05-14 17:00", "call Bob to discuss y"},
		{"x tomorrow at 17", "2026-05-14 17:00", "x"},
		{"watch Blade Runner 2049", "", "watch Blade Runner 2049"},
		{"read chapter 5 of 1984", "", "read chapter 5 of 1984"},
		{"test version 3.12", "", "test version 3.12"},
		{"call May about the budget", "", "call May about the budget"},
		{"march with the band", "", "march with the band"},
		{"prepare the Friday report", "", "prepare the Friday report"},
		{"plan Monday standup", "", "plan Monday standup"},
		{"meet at 5 Main Street", "", "meet at 5 Main Street"},
		{"buy 3/4 inch pipe", "", "buy 3/4 inch pipe"},
		{"review tomorrow's agenda", "", "review tomorrow's agenda"},
		{"sit in the sun", "", "sit in the sun"},
		{"x on 31 February", "", "x on 31 February"},
	} {
		when, title := due(t, now, c[0])
		assert.Equal(t, c[1], when, c[0])
		assert.Equal(t, c[2], title, c[0])
	}
}

func TestADayIsTheUsersDay(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 5, 13, 23, 30, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC": "2026-05-14 17:00", "Asia/Tokyo": "2026-05-15 17:00", "America/Los_Angeles": "2026-05-14 17:00", "Pacific/Kiritimati": "2026-05-15 17:00",
	} {
		got, _ := due(t, moment.In(zone(t, name)), "x tomorrow")
		assert.Equal(t, want, got, name)
	}
}

func TestClocksThatChangeMoveNoAppointment(t *testing.T) {
	t.Parallel()
	rome := zone(t, "Europe/Rome")
	spring := time.Date(2027, 3, 27, 10, 0, 0, 0, rome) // clocks go forward the night after
	for message, want := range map[string]string{
		"x tomorrow at 3pm": "2027-03-28 15:00", "x in two days": "2027-03-29 17:00", "x in 24 hours": "2027-03-28 11:00", "x next monday 8am": "2027-03-29 08:00",
	} {
		got, _ := due(t, spring, message)
		assert.Equal(t, want, got, message)
	}
	autumn := time.Date(2026, 10, 24, 22, 0, 0, 0, rome)
	got, _ := due(t, autumn, "x tomorrow at 9am")
	assert.Equal(t, "2026-10-25 09:00", got)
}

func TestTodayLateInTheDayIsStillToday(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 5, 13, 22, 0, 0, 0, time.UTC)
	for message, want := range map[string]string{
		"x today": "2026-05-13 23:59", "x tonight": "2026-05-13 23:59", "x by end of day": "2026-05-13 23:59", "x at 8am": "2026-05-14 08:00", "x today at 3pm": "2026-05-13 15:00",
	} {
		got, _ := due(t, late, message)
		assert.Equal(t, want, got, message)
	}
}

func TestAMonthFromTheLastOfJanuaryStaysInFebruary(t *testing.T) {
	t.Parallel()
	got, _ := due(t, time.Date(2027, 1, 31, 9, 0, 0, 0, time.UTC), "x in a month")
	assert.Equal(t, "2027-02-28 17:00", got)
}

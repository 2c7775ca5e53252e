package plans

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
)

func cache(t *testing.T) *Cache {
	t.Helper()
	c, err := NewCache(memory.NewIDs())
	require.NoError(t, err)
	return c
}

func question(texts ...string) []chat.Message {
	var list []chat.Message
	for _, text := range texts {
		list = append(list, chat.Message{Role: chat.User, Content: text})
	}
	return list
}

func TestAKeyIsOneUsersOneQuestion(t *testing.T) {
	t.Parallel()
	c := cache(t)
	key := func(user string, reach tier.Value, q []chat.Message) Key {
		k, err := c.Key(user, reach, q)
		require.NoError(t, err)
		return k
	}
	one := key("ada", 3, question("hi"))
	assert.Equal(t, one, key("ada", 3, question("hi")))
	asSystem := question("hi")
	asSystem[0].Role = chat.System
	for name, other := range map[string]Key{
		"another user": key("eve", 3, question("hi")), "another tier": key("ada", tier.Unlimited, question("hi")),
		"another message": key("ada", 3, question("hi ")), "more before it": key("ada", 3, question("", "hi")),
		"cut elsewhere": key("ada", 3, question("h", "i")), "somebody else says it": key("ada", 3, asSystem),
	} {
		assert.NotEqual(t, one, other, name)
	}
}

// seeds gives other randomness than the ids of the house.
type seeds struct{ *memory.IDs }

func (seeds) NewSeed() session.Seed { return session.Seed{1, 2, 3} }

func TestAKeyTellsNobodyOutsideThisProcessWhatWasAsked(t *testing.T) {
	t.Parallel()
	one := cache(t)
	two, err := NewCache(seeds{memory.NewIDs()})
	require.NoError(t, err)
	a, err := one.Key("ada", 3, question("hi"))
	require.NoError(t, err)
	b, err := two.Key("ada", 3, question("hi"))
	require.NoError(t, err)
	assert.NotEqual(t, a, b)
}

func TestTheCacheForgetsWhatWasUsedTheLongestAgo(t *testing.T) {
	t.Parallel()
	c := cache(t)
	key := func(i int) Key {
		k, err := c.Key("ada", 3, question(fmt.Sprint(i)))
		require.NoError(t, err)
		return k
	}
	for i := range Size {
		c.Put(key(i), plan.Plan{ID: fmt.Sprint(i)})
	}
	_, ok := c.Get(key(0)) // used
	require.True(t, ok)
	c.Put(key(Size), plan.Plan{ID: "new"})
	_, ok = c.Get(key(0))
	assert.True(t, ok)
	_, ok = c.Get(key(1))
	assert.False(t, ok)
	got, ok := c.Get(key(Size))
	assert.True(t, ok)
	assert.Equal(t, "new", got.ID)
	assert.Equal(t, 1000, c.outlines.Len())
}

func TestTheCacheIsSharedByRequestsAtOnce(t *testing.T) {
	t.Parallel()
	c := cache(t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 500 {
				k, err := c.Key("ada", 3, question(fmt.Sprint(i%(100+worker))))
				assert.NoError(t, err) //nolint:testifylint // require ends the test's own goroutine only
				if _, ok := c.Get(k); !ok {
					c.Put(k, plan.Plan{ID: "p", Steps: []plan.Step{{Variables: map[string]any{"message": nil}}}})
					continue
				}
				p, _ := c.Get(k)
				Fill(p, "x", "y")
			}
		})
	}
	wg.Wait()
}

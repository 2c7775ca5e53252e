package httpapi

import (
	"encoding/base64"
	"reflect"
	"strings"
)

// bind fills a value of the contract from what parseJSON read and the validator passed: kinds fit, and keys are taken as
// they are spelled, which encoding/json would not do. A field tagged extra gets the keys that no other field has.
func bind(into reflect.Value, value any) {
	if value == nil {
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		bind(into.Elem(), value)
	case reflect.String:
		into.SetString(value.(string))
	case reflect.Bool:
		into.SetBool(value.(bool))
	case reflect.Int, reflect.Int32, reflect.Int64:
		into.SetInt(int64(value.(float64)))
	case reflect.Float64:
		into.SetFloat(value.(float64))
	case reflect.Interface:
		into.Set(reflect.ValueOf(value))
	case reflect.Slice:
		bindSlice(into, value)
	case reflect.Map:
		into.Set(reflect.MakeMap(into.Type()))
		for k, v := range value.(map[string]any) {
			item := reflect.New(into.Type().Elem()).Elem()
			bind(item, v)
			into.SetMapIndex(reflect.ValueOf(k), item)
		}
	case reflect.Struct:
		bindStruct(into, value.(map[string]any))
	default:
		panic("httpapi: the contract uses a type that bind does not know: " + into.Type().String())
	}
}

func bindSlice(into reflect.Value, value any) {
	if text, ok := value.(string); ok {
		bytes, _ := base64.StdEncoding.Strict().DecodeString(text) // the validator has passed it
		into.SetBytes(bytes)
		return
	}
	items := value.([]any)
	into.Set(reflect.MakeSlice(into.Type(), len(items), len(items)))
	for i, item := range items {
		bind(into.Index(i), item)
	}
}

func bindStruct(into reflect.Value, value map[string]any) {
	known := map[string]bool{}
	var extra reflect.Value
	for i := range into.NumField() {
		f := into.Type().Field(i)
		if f.Tag.Get("extra") == "true" {
			extra = into.Field(i)
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		known[name] = true
		bind(into.Field(i), value[name])
	}
	if !extra.IsValid() {
		return
	}
	rest := map[string]any{}
	for k, v := range value {
		if !known[k] {
			rest[k] = v
		}
	}
	extra.Set(reflect.ValueOf(rest))
}

// isBase64 reports whether s is standard base64 with padding. The standard library alone would pass over line breaks.
func isBase64(s string) bool {
	if len(s)%4 != 0 || strings.ContainsAny(s, "\r\n") {
		return false
	}
	head := max(0, len(s)-4)
	if strings.IndexByte(s[:head], '=') >= 0 {
		return false
	}
	for i := range head {
		if !base64Alphabet[s[i]] {
			return false
		}
	}
	_, err := base64.StdEncoding.Strict().DecodeString(s[head:])
	return err == nil
}

var base64Alphabet = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		is[c] = true
	}
	return is
}()

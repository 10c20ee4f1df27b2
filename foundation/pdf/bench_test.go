package pdf

import "testing"

// BenchmarkRenderAndSign is the issuing of one document on one core: run it with -cpu 1.
// The bar is 50 documents a second, 20 ms each.
func BenchmarkRenderAndSign(b *testing.B) {
	_, key := demoKey(b)
	for name, doc := range map[string]Document{"letter": letterFixture(), "licence": licenceFixture()} {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = len(sign(b, render(b, doc), key))
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// BenchmarkVerify is the check of one signed licence.
func BenchmarkVerify(b *testing.B) {
	ca, key := demoKey(b)
	signed := sign(b, render(b, licenceFixture()), key)
	for b.Loop() {
		if r, err := Verify(signed, ca.Pool()); err != nil || !r.Good() {
			b.Fatal(r, err)
		}
	}
}

-- The clock that all scripts read, in ms.
return ms(now_ms())

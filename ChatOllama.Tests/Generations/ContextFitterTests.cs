using ChatOllama.ApiService.Generations;
using Xunit;

namespace ChatOllama.Tests.Generations;

public class ContextFitterTests
{
    private static readonly bool[] Turns = [true, false, true, false, true];

    [Theory]
    [InlineData(500, 0)]
    [InlineData(499, 2)]
    [InlineData(300, 2)]
    [InlineData(299, 4)]
    [InlineData(10, 4)]
    public void The_oldest_whole_turns_go_first_and_the_last_question_stays(int budget, int dropped) =>
        Assert.Equal(dropped, ContextFitter.Fit(Turns, [100, 100, 100, 100, 100], 0, budget));

    [Fact]
    public void The_system_prompt_takes_room_but_is_never_dropped() =>
        Assert.Equal(2, ContextFitter.Fit(Turns, [100, 100, 100, 100, 100], 50, 500));

    [Fact]
    public void Without_a_known_context_everything_goes() =>
        Assert.Equal(0, ContextFitter.Fit(Turns, [100, 100, 100, 100, 100], 50, null));

    [Theory]
    [InlineData(4096, null, 3584)]
    [InlineData(32768, null, 31744)]
    [InlineData(4096, 1000, 3096)]
    [InlineData(4096, 9000, 2048)]
    public void The_answer_keeps_room_in_the_context(int context, int? maxTokens, int budget) =>
        Assert.Equal(budget, ContextFitter.PromptBudget(context, maxTokens));
}

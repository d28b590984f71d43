using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Models;

/// <summary>Does what a button asks for, and shows the page on which it stands: again after it was done, or with the reason why it was not.</summary>
internal sealed class ModelActs(ModelsLoader models, ModelLoader model)
{
    /// <param name="id">The model on whose page the form stood; null for the list.</param>
    /// <param name="act">Throws an <see cref="ApiException"/> where it is refused.</param>
    /// <param name="stop">Cancels it.</param>
    /// <param name="next">Where to go after it; null for the page itself.</param>
    public async Task<IResult> DoAsync(string? id, Func<Task> act, CancellationToken stop, string? next = null)
    {
        try
        {
            await act();
        }
        catch (ApiException refused) when (id is null)
        {
            var problem = refused.Problem.Code == ProblemCodes.NotFound ? MissingModel.Problem : refused.Problem;
            return ModelPages.Show(await models.LoadAsync(stop) with { Problem = problem }, problem.Status);
        }
        catch (ApiException refused) when (refused.Problem.Code != ProblemCodes.NotFound)
        {
            return await model.ShowAsync(id!, new ModelForms { Problem = refused.Problem }, stop);
        }
        return new SeeOther(next ?? (id is null ? "/models" : ModelPages.Address(id)));
    }
}
